import { relative } from 'node:path';
import { type awscdk, javascript } from 'projen';

/** Folders of TypeScript beside src/ and test/, with the compiler options of the tests. */
const FOLDERS = ['examples', 'local-aws', 'scripts', 'templates', 'verify'];

/** Type-checks and lints the folders that are not published. */
export function addToolFolders(project: awscdk.AwsCdkConstructLibrary) {
  for (const folder of FOLDERS) {
    project.tsconfigDev.addInclude(`../${folder}/**/*.ts`);
    typeCheck(project, folder);
  }
  // The examples import the package as its users do.
  project.tsconfigDev.file.addOverride('compilerOptions.paths', { [project.name]: ['../src'] });
  // The benchmarks use the packed package as its users do, next to its peers, from a package of their own.
  typeCheck(project, 'bench', { exclude: ['node_modules', '.build'], compilerOptions: { paths: {} } });
}

/** Adds a configuration of the compiler to a folder, for editors and linters. */
export function typeCheck(project: awscdk.AwsCdkConstructLibrary, folder: string, options: Partial<javascript.TypescriptConfigOptions> = {}) {
  new javascript.TypescriptConfig(project, {
    fileName: `${folder}/tsconfig.json`,
    extends: javascript.TypescriptConfigExtends.fromPaths([relative(folder, 'test/tsconfig.json')]),
    include: ['**/*.ts'],
    ...options,
    compilerOptions: { rootDir: '..', noEmit: true, ...options.compilerOptions },
  });
}
