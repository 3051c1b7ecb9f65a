import type * as iam from 'aws-cdk-lib/aws-iam';
import { newStack } from './stacks-and-templates';
import { ElastiCacheServiceLinkedRoleStatements } from '../src';
import documentedCreate from './fixtures/documented-create.json';
import documentedDelete from './fixtures/documented-delete.json';

// The documented statements have a partition, those of the package have a token.
const PARTITION = { Ref: 'AWS::Partition' };
const arn = (name: string) => ({ 'Fn::Join': ['', ['arn:', PARTITION, `:iam::*:role/aws-service-role/elasticache.amazonaws.com/${name}`]] });
const resolved = (statements: iam.PolicyStatement[]) =>
  newStack().stack.resolve(statements.map((statement) => statement.toStatementJson()));
const documented = (statement: { Resource: string }) => {
  expect(statement.Resource).toBe('arn:aws:iam::*:role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache*');
  return { ...statement, Resource: arn('AWSServiceRoleForElastiCache*') };
};

test('create is the documented statement', () => {
  expect(resolved(ElastiCacheServiceLinkedRoleStatements.create())).toEqual([documented(documentedCreate)]);
});

test('delete is the documented statement, and the same without its condition', () => {
  const { Condition, ...unconditional } = documented(documentedDelete) as ReturnType<typeof documented> & { Condition: object };
  expect(resolved(ElastiCacheServiceLinkedRoleStatements.delete())).toEqual([{ ...unconditional, Condition }, unconditional]);
});

test('updateDescription allows the two calls of the page on exactly the role', () => {
  expect(resolved(ElastiCacheServiceLinkedRoleStatements.updateDescription())).toEqual([
    { Effect: 'Allow', Action: ['iam:GetRole', 'iam:UpdateRoleDescription'], Resource: arn('AWSServiceRoleForElastiCache') },
  ]);
});

test.each(['create', 'delete', 'updateDescription'] as const)('%s returns new statements at each call', (name) => {
  ElastiCacheServiceLinkedRoleStatements[name]()[0].addActions('iam:PassRole');
  expect(JSON.stringify(resolved(ElastiCacheServiceLinkedRoleStatements[name]()))).not.toContain('PassRole');
});
