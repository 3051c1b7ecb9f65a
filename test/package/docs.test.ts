import { existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as ts from 'typescript';

const ROOT = join(__dirname, '../..');
const RAW = 'https://raw.githubusercontent.com/your-organization/cdk-elasticache-service-linked-role/main/';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string, extension: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(extension)).map((name) => join(folder, name));

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md', ...filesIn('docs', '.md'), ...filesIn('.github', '.md')];

test('links to raw files of the repository, which remark-validate-links does not check, lead to files that exist', () => {
  const paths = PAGES.flatMap((page) => read(page).split(RAW).slice(1)).map((rest) => /^[^)\s]*/.exec(rest)![0]);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(paths).toContain('docs/diagrams/timelines.svg');
});

test('the README has at most 900 words', () => {
  expect(read('README.md').split(/\s+/).filter(Boolean).length).toBeLessThanOrEqual(900);
});

describe('troubleshooting', () => {
  const page = read('docs/troubleshooting.md').replace(/[`\\]/g, '').replace(/\s+/g, ' ');

  /** The fixed parts of each string literal that reads like a message: at least three words, and not the description of a resource. */
  function messagesIn(path: string): string[] {
    const messages: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && node.name.text === 'description') {
        return;
      }
      if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
        messages.push(node.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest));
    return messages.map((message) => message.trim()).filter((message) => message.split(/\s+/).filter((word) => /[a-z]/i.test(word)).length >= 3);
  }

  const sources = filesIn('src', '.ts').filter((path) => !path.endsWith('handler-code.ts'));

  test.each(sources)('explains each message of %s', (path) => {
    expect(messagesIn(path).filter((message) => !page.includes(message))).toEqual([]);
  });

  test('finds messages', () => {
    expect(sources.flatMap(messagesIn).length).toBeGreaterThan(30);
  });
});

describe('samples', () => {
  interface Sample {
    readonly name: string;
    readonly fixture: string;
    readonly source: string;
  }

  /** Runs the sample in a stack, with what its fixture imports and declares. Its own imports move to the top, as jsii-rosetta moves them. */
  function synthesize({ fixture, source }: Sample): Template {
    const imports = source.match(/^import .*$/gm) ?? [];
    const code = [...imports, read(`rosetta/${fixture}.ts-fixture`).replace('/// here', source.replace(/^import .*$/gm, ''))].join('\n');
    const { outputText } = ts.transpileModule(`${code}\nexports.stack = new MyStack(app, 'MyStack');`, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const app = new App();
    const other = new Stack(app, 'Other');
    const declared = {
      app,
      deployRole: new iam.Role(other, 'DeployRole', { assumedBy: new iam.AccountRootPrincipal() }),
      adminRole: new iam.Role(other, 'AdminRole', { assumedBy: new iam.AccountRootPrincipal() }),
      key: new kms.Key(other, 'Key'),
      vpc: new ec2.Vpc(other, 'Vpc'),
    };
    const exports: { stack?: Stack } = {};
    new Function('require', 'exports', ...Object.keys(declared), outputText)(require, exports, ...Object.values(declared));
    return Template.fromStack(exports.stack!);
  }

  const samples: Sample[] = PAGES.flatMap((page) =>
    [...read(page).matchAll(/```ts(?: fixture=(\w+))?\n([\s\S]*?)```/g)]
      .map(([, fixture = 'default', source], index) => ({ name: `${page}, sample ${index + 1}`, fixture, source })));

  test.each(samples)('synthesize: $name', (sample) => {
    expect(() => synthesize(sample)).not.toThrow();
  });

  test('attach the function to a VPC', () => {
    const template = synthesize(samples.find(({ source }) => source.includes('vpcSubnets'))!);
    const [securityGroup] = Object.keys(template.findResources('AWS::EC2::SecurityGroup'));
    template.hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: Match.anyValue(), SecurityGroupIds: [{ 'Fn::GetAtt': [securityGroup, 'GroupId'] }] },
    });
  });
});
