import { readFileSync } from 'node:fs';
import { type awscdk, ReleasableCommits } from 'projen';

/** How projen finds the version of a release and publishes it. */
export const RELEASES = {
  // Until version 1, `feat:` and `fix:` raise the patch version, and a breaking change the minor version.
  nextVersionCommand: 'node -p "process.env.VERSION === \'0.0.0\' ? \'0.1.0\' : \'\'"',
  releasableCommits: ReleasableCommits.featuresAndFixes(),
  compat: true, // skipped as long as npm has no version to compare with
  jsiiReleaseVersion: JSON.parse(readFileSync('scripts/rehearsal/package.json', 'utf8')).dependencies.publib,
  npmTrustedPublishing: true,
  npmProvenance: true,
};

/** What the packages contain, and the tasks around a release. */
export function adjustPublishing(project: awscdk.AwsCdkConstructLibrary) {
  // jsii-pacmak adds no classifier for the license itself.
  project.package.manifest.jsii.targets.python.classifiers = ['License :: OSI Approved :: Apache Software License'];
  for (const path of ['/examples/', '/local-aws/', '/templates/*.ts', '/templates/tsconfig.json', '/docs/', '/bench/', '/scripts/', '/verify/', '/rosetta/', '/.ci/', '/CONTRIBUTING.md', '/stryker.config.json']) {
    project.addPackageIgnore(path);
  }
  const compat = project.tasks.tryFind('compat')!;
  compat.env('JSII_DIFF_ERROR_ON', 'all'); // of an experimental API, too
  // The last release is loaded with the CDK that is installed here. With a newer one it has methods, inherited from CDK, that seem to be removed.
  compat.env('TMPDIR', '$(echo "$PWD/node_modules")');
  compat.env('npm_config_legacy_peer_deps', 'true');
  // The first release has changed nothing: its changelog starts with what the package does.
  project.tasks.tryFind('bump')!.exec('tsx scripts/introduce-first-release.ts', { condition: 'grep -qx 0.1.0 dist/version.txt' });
  project.addTask('set:publisher', {
    description: 'Replace the placeholders: --repository URL --author NAME --email ADDRESS --maven GROUP --nuget PACKAGE --go MODULE',
    steps: [{ execArgs: ['tsx', 'scripts/set-publisher.ts', '$@'], receiveArgs: true }, { spawn: 'default' }],
  });
  project.addTask('rehearse:release', {
    description: 'Publish two releases to registries on this machine and use them, or only in the registries that are named: npm, pypi, maven, go, nuget',
    exec: 'tsx --tsconfig scripts/tsconfig.json scripts/rehearsal/rehearse.ts',
    receiveArgs: true,
  });
}
