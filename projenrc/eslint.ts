import type { awscdk } from 'projen';

/** Each folder -> what its files may import, besides packages and files of the folder itself. */
const IMPORTS: Record<string, readonly string[]> = {
  'src': [],
  'src/handler': ['src/private'],
  'templates': ['src'],
  'local-aws': ['src', 'templates'],
  'scripts': ['src', 'templates', 'local-aws', 'package.json'],
  'bench': ['src', 'templates', 'local-aws'],
  'verify': ['src', 'templates', 'local-aws'],
  'test': ['src', 'templates', 'local-aws', 'package.json'],
  'examples': [],
  'projenrc': [],
};

/** Rules of the whole source, and what differs in a folder. */
export function configureEslint(project: awscdk.AwsCdkConstructLibrary) {
  project.eslint?.addRules({
    'import/no-restricted-paths': ['error', {
      zones: Object.entries(IMPORTS).map(([folder, allowed]) => ({
        target: `./${folder}`,
        from: '.',
        except: [folder, 'node_modules', ...allowed].map((path) => `./${path}`),
        message: `${folder}/ imports only ${['packages', ...allowed].join(', ')}: see projenrc/eslint.ts`,
      })),
    }],
  });
  project.eslint?.addOverride({
    files: ['bench/**'],
    // What is loaded, and when, is what they measure; and only `npm run bench` installs their package.
    rules: { '@typescript-eslint/no-require-imports': 'off', 'import/no-unresolved': 'off', 'import/no-extraneous-dependencies': 'off' },
  });
  project.eslint?.addOverride({
    files: ['examples/**', 'test/package/languages/**'],
    rules: { 'import/no-unresolved': ['error', { ignore: [`^${project.name}$`] }] },
  });
  project.eslint?.addOverride({
    files: ['src/handler/**'],
    rules: { 'import/no-extraneous-dependencies': 'off' },
  });
}
