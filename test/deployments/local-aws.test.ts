import { IAM } from '@aws-sdk/client-iam';
import { CfnOutput, type Stack } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { FAULT, useLocalAws } from './use-local-aws';
import { Account, type DeployedStack } from '../../local-aws/aws-account';
import { customResource } from '../../local-aws/declarations';
import { LocalAws } from '../../local-aws/local-aws';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../../src/private/role-identity';
import { expectResponses, SEQUENCES, type Sequence } from '../model/iam/responses';

// What no other deployment would notice if the local AWS did not do it.

const { emptyAccount } = useLocalAws();

/** A client that calls as a session of the role, as functions do. */
function clientOf(role: string, account: Account): IAM {
  const { credentials, ...config } = account.target.clientConfig();
  return new IAM({ ...config, credentials: { ...credentials!, sessionToken: `arn:aws:sts::${account.id}:assumed-role/${role}/session` } });
}

const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

// Its deletions end at once, and only caches use the role: the deployments show that.
const isShown = ({ given }: Sequence) => given !== 'deletions that stay in progress' && given !== 'a role in use';

test.each(SEQUENCES.filter(isShown))('IAM: $shows', async (sequence) => {
  const account = emptyAccount();
  const iam = sequence.given === 'a denied creation' ? clientOf('role-without-policies', account) : account.iam;
  if (sequence.given === 'a regular role that uses the reserved name') {
    await iam.createRole({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: '{}' });
  }

  await expectResponses(sequence, iam);
});

describe('a role', () => {
  const ALL = { Action: '*', Resource: '*' };
  const ROLE = `arn:aws:iam::*:role${ROLE_PATH}${ROLE_NAME}`;
  const WITHOUT_PATH = `arn:aws:iam::*:role/${ROLE_NAME}`;
  const reading = (Resource: string) => ({ Action: 'iam:Get*', Resource });
  const creationFor = (service: string) => ({ Action: 'iam:Create*', Resource: ROLE, Condition: { StringLike: { 'iam:AWSServiceName': service } } });

  const get = (iam: IAM) => iam.getRole({ RoleName: ROLE_NAME });
  const create = (iam: IAM) => iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL });
  const getStatus = (iam: IAM) => iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: `task${ROLE_PATH}${ROLE_NAME}/1` });

  test.each<[string, 'the role' | 'no role', object, (iam: IAM) => Promise<object>, string, object?]>([
    ['cannot make a call that its permissions boundary does not allow', 'the role', ALL, get, 'GetRole AccessDenied', reading('other')],
    ['can read an existing role by its ARN', 'the role', reading(ROLE), get, 'GetRole'],
    ['cannot read an existing role by its ARN without the path', 'the role', reading(WITHOUT_PATH), get, 'GetRole AccessDenied'],
    ['can read a nonexistent role by its ARN without a path', 'no role', reading(WITHOUT_PATH), get, 'GetRole NoSuchEntity'],
    ['cannot read a nonexistent role by its ARN with a path', 'no role', reading(ROLE), get, 'GetRole AccessDenied'],
    ['can create the role for the service in its policy', 'no role', creationFor(SERVICE_PRINCIPAL), create, 'CreateServiceLinkedRole'],
    ['cannot create it for another service', 'no role', creationFor('rds.amazonaws.com'), create, 'CreateServiceLinkedRole AccessDenied'],
    ['can read the status of a deletion by the ARN of the role', 'no role', reading(ROLE), getStatus, 'GetServiceLinkedRoleDeletionStatus NoSuchEntity'],
    ['cannot read it by the ARN without the path', 'no role', reading(WITHOUT_PATH), getStatus, 'GetServiceLinkedRoleDeletionStatus AccessDenied'],
  ])('%s', async (_, given, statement, call, logged, boundary = ALL) => {
    const account = emptyAccount();
    if (given === 'the role') await account.createRole();
    const { Policy: { Arn } = {} } = await account.iam.createPolicy({ PolicyName: 'boundary', PolicyDocument: policy(boundary) });
    await account.iam.createRole({ RoleName: 'caller', AssumeRolePolicyDocument: '{}', PermissionsBoundary: Arn });
    await account.iam.putRolePolicy({ RoleName: 'caller', PolicyName: 'policy', PolicyDocument: policy(statement) });

    await call(clientOf('caller', account)).catch(() => {});

    expect((await account.calls()).at(-1)).toBe(logged);
  });
});

/** Declares a custom resource that writes each event to the description of the role, if its function may. */
function writingEvents({ trigger = '', allowed = 'iam:UpdateRoleDescription' } = {}) {
  return (stack: Stack) => {
    const resource = customResource(stack, allowed, `
      await new IAM().updateRoleDescription({ RoleName: '${ROLE_NAME}', Description: event.RequestType + ' ' + PhysicalResourceId });
      response.Data = { ProcessId: process.pid };`, { trigger });
    new CfnOutput(stack, 'ProcessId', { value: resource.getAttString('ProcessId') });
    new logs.CfnLogGroup(stack, 'Bystander');
  };
}

test('CloudFormation creates a custom resource whose Create failed without rollback again, and then deletes the failed one', async () => {
  const account = emptyAccount();
  await account.createRole();
  const stack = account.stack('Stack');
  await account.configure({ faults: { UpdateRoleDescription: { ...FAULT, times: 1 } } });
  await stack.deploy(writingEvents(), 'CREATE_FAILED', { DisableRollback: true });
  const { Custom: failed } = await stack.resources();

  await stack.deploy(writingEvents({ trigger: 'again' }));

  expect((await stack.resources()).Custom).not.toBe(failed);
  expect((await account.role())?.Description).toBe(`Delete ${failed}`);
});

describe('a function', () => {
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  /** Deploys to an account in which the role exists. Returns the process of the function. */
  async function processOf(stack: DeployedStack) {
    return Number((await stack.deploy(writingEvents())).outputs.ProcessId);
  }

  test('may do what the policies of its role allow, and nothing else', async () => {
    const account = emptyAccount();

    const { events } = await account.stack('Stack').deploy(writingEvents({ allowed: 'iam:GetRole' }), 'ROLLBACK_FAILED');

    expect(events).toContainEqual(expect.stringMatching(`^Custom CREATE_FAILED User: arn:aws:sts::${account.id}:assumed-role/\\S+/handler is not `
      + `authorized to perform: iam:UpdateRoleDescription on resource: role ${ROLE_NAME} because no identity-based policy allows`));
  });

  test('runs separately per account and Region, even with one name, and ends with its stack', async () => {
    const [account, other] = [emptyAccount(), emptyAccount()];
    await Promise.all([account, other].map((each) => each.createRole()));
    const stacks = [account.stack('Stack'), account.stack('Stack', 'eu-west-1'), other.stack('Stack')];
    const pids = await Promise.all(stacks.map(processOf));
    expect(pids.map(isAlive)).toEqual([true, true, true]);

    await stacks[1].destroy();

    expect(pids.map(isAlive)).toEqual([true, false, true]);
  });

  test('ends with its local AWS, and not with another one', async () => {
    const other = await LocalAws.start();
    const accounts = [new Account(other), emptyAccount()];
    await Promise.all(accounts.map((account) => account.createRole()));
    const pids = await Promise.all(accounts.map((account) => processOf(account.stack('Stack'))));
    expect(pids.map(isAlive)).toEqual([true, true]);

    accounts[0].close();
    await other.stop();

    expect(pids.map(isAlive)).toEqual([false, true]);
    await expect(fetch(other.endpoint)).rejects.toThrow();
    await other.stop();
  });
});
