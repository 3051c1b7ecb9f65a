import { join } from 'node:path';
import { App, Aspects, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks } from 'cdk-nag';
import { findings } from './cfn-lint';

const TEMPLATE = join(__dirname, '../../../verify/github-role.template.json');

test('cfn-lint finds nothing in the template of the role', async () => {
  expect(await findings([TEMPLATE])).toEqual([]);
}, 300_000);

test('cdk-nag finds nothing in the template of the role, except wildcards with a reason', () => {
  const stack = new Stack(new App(), 'Stack');
  new CfnInclude(stack, 'Role', { templateFile: TEMPLATE });
  Aspects.of(stack).add(new AwsSolutionsChecks());

  const annotations = Annotations.fromStack(stack);
  expect([...annotations.findError('*', Match.anyValue()), ...annotations.findWarning('*', Match.anyValue())]).toEqual([]);
});

test('only the protected environment of the repository can assume the role, and the role can change only what a run names', () => {
  const stack = new Stack(new App(), 'Stack');
  new CfnInclude(stack, 'Role', { templateFile: TEMPLATE });
  const template = Template.fromStack(stack);

  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: [{
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:sub': { 'Fn::Sub': 'repo:${GitHubRepository}:environment:${GitHubEnvironment}' },
          },
        },
      }],
    },
  });
  const [policy] = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
  const statements = policy.Properties.PolicyDocument.Statement as { readonly Action: string[]; readonly Resource: unknown }[];
  const onEverything = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
  expect(onEverything.filter(action => !/:(Describe|List|Get|Validate)/.test(action))).toEqual([]);
});
