import { awscdk, javascript, typescript } from 'projen';
import { adjustWorkflows } from './projenrc/adjusted-workflows';
import { addChecks } from './projenrc/checks';
import { addDocs } from './projenrc/docs';
import { configureEslint } from './projenrc/eslint';
import { bundleHandler } from './projenrc/handler-bundle';
import { JEST } from './projenrc/jest';
import { addNightlyWorkflow, addVerificationWorkflow } from './projenrc/own-workflows';
import { pinActions } from './projenrc/pinned-actions';
import { adjustPublishing, RELEASES } from './projenrc/publishing';
import { addToolFolders } from './projenrc/tool-folders';

// Placeholders: set these before publishing (see CONTRIBUTING.md).
const PUBLISHING = {
  repository: 'https://github.com/your-organization/cdk-elasticache-service-linked-role',
  author: 'your-organization',
  authorEmail: 'opensource@example.com',
  maven: { javaPackage: 'com.example.cdk.elasticache.servicelinkedrole', mavenGroupId: 'com.example', mavenArtifactId: 'cdk-elasticache-service-linked-role' },
  pypi: { distName: 'cdk-elasticache-service-linked-role', module: 'cdk_elasticache_service_linked_role' },
  nuget: { dotNetNamespace: 'Example.Cdk.ElastiCache.ServiceLinkedRole', packageId: 'Example.Cdk.ElastiCache.ServiceLinkedRole' },
  go: { moduleName: 'github.com/your-organization/cdk-elasticache-service-linked-role-go', packageName: 'elasticacheservicelinkedrole' },
};

// The lowest aws-cdk-lib whose newest Node.js runtime is 22 in every Region; the library is developed against it.
const FLOOR = { cdkVersion: '2.230.0', constructsVersion: '10.0.5' };
const CDK_NAG_VERSION = '2.37.55'; // the newest that accepts the lowest constructs

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-elasticache-service-linked-role',
  description: 'The service-linked role of Amazon ElastiCache as an AWS CDK construct that tolerates an existing role',
  keywords: ['aws', 'cdk', 'awscdk', 'aws-cdk', 'elasticache', 'iam', 'service-linked-role'],
  repositoryUrl: PUBLISHING.repository,
  author: PUBLISHING.author,
  authorAddress: PUBLISHING.authorEmail,
  license: 'Apache-2.0',
  defaultReleaseBranch: 'main',
  majorVersion: 0,
  stability: 'experimental', // until `npm run verify` has passed on an AWS account

  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.16.0',
  workflowNodeVersion: '24',
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  ...FLOOR,
  devDeps: [
    '@aws-cdk/aws-elasticache-alpha@2.235.1-alpha.0',
    ...['cloudformation', 'ec2', 'elasticache', 'iam', 'sts'].map((client) => `@aws-sdk/client-${client}`),
    '@cdklabs/cdk-validator-cfnguard',
    '@types/aws-lambda',
    ...['core', 'jest-runner'].map((part) => `@stryker-mutator/${part}@^9.6.1`),
    'aws-cdk',
    `cdk-nag@${CDK_NAG_VERSION}`,
    'esbuild',
    'expect@^30',
    'fast-check',
    'jsii-pacmak',
    'pyright',
    'rollup',
    'tsx',
    'upsert-slr@1.0.6', // to migrate from in a test
  ],

  projenrcTs: true,
  runner: typescript.TypeScriptRunner.tsx(),
  jestOptions: JEST,
  eslintOptions: { dirs: ['src'], devdirs: ['test', 'local-aws', 'templates', 'examples', 'scripts', 'bench', 'verify'] },
  // The handler runs in Lambda. It is bundled, and not part of the jsii API.
  excludeTypescript: ['src/handler/**'],

  githubOptions: { mergify: false },
  buildWorkflowOptions: { mutableBuild: false }, // so the build needs no write permission
  depsUpgrade: false, // Dependabot opens the pull requests
  dependabot: true,
  dependabotOptions: { cooldown: { defaultDays: 7 } }, // a malicious version is often found within days
  pullRequestTemplateContents: [
    '## What and why', '', '', '## How it was checked', '',
    '- [ ] a test fails without the change', '- [ ] README, docs, and API.md are updated', '- [ ] `npx projen` leaves no diff, and `npm test` passes',
  ],
  ...RELEASES,
  publishToMaven: PUBLISHING.maven,
  publishToPypi: { ...PUBLISHING.pypi, trustedPublishing: true },
  publishToNuget: { ...PUBLISHING.nuget, trustedPublishing: true },
  publishToGo: PUBLISHING.go,

  gitignore: ['.venv/', 'cdk.out/', '/bench/.build/', '__pycache__/', '.DS_Store'],
});

// The first alpha is of a newer CDK than the floor, and works with it.
project.package.addField('overrides', { '@aws-cdk/aws-elasticache-alpha': { 'aws-cdk-lib': '$aws-cdk-lib' } });

// Source maps would be two thirds of what an app loads, and the compiled code reads like its source.
['inlineSourceMap', 'inlineSources'].forEach((option) => project.tsconfig?.file.addOverride(`compilerOptions.${option}`, false));

addToolFolders(project);
configureEslint(project);
bundleHandler(project);
addDocs(project);
addChecks(project);
addNightlyWorkflow(project);
addVerificationWorkflow(project);
adjustPublishing(project);
pinActions(project);
adjustWorkflows(project);

project.synth();
