import { Match, Template } from 'aws-cdk-lib/assertions';
import * as json from './github-role.template.json';

const template = Template.fromJSON(json);

test('only the protected environment of the repository can assume the role, which has one policy', () => {
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 1);
  template.hasResourceProperties('AWS::IAM::Role', {
    ManagedPolicyArns: Match.absent(),
    Policies: Match.absent(),
    AssumeRolePolicyDocument: {
      Statement: [Match.objectLike({
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': { 'Fn::Sub': 'repo:${GitHubRepository}:environment:${GitHubEnvironment}' },
          },
        },
      })],
    },
  });
});

test('the role can change only what a run names, the service-linked role, and the network of serverless caches', () => {
  const { Statement: statements } = json.Resources.Policy.Properties.PolicyDocument;
  const changing = statements.filter(({ Action: actions }) => actions.some((action) => !/:(Describe|List|Get|Validate)/.test(action)));

  const resources = changing.flatMap(({ Resource: resource }) => resource)
    .map((resource) => typeof resource === 'string' ? resource : resource['Fn::Sub']);

  const allowed = /[:/]slr-verify-\*$|\/AWSServiceRoleForElastiCache$|:(vpc|subnet|security-group|vpc-endpoint)\/\*$/;
  expect(resources.filter((arn) => !allowed.test(arn))).toEqual([]);
});
