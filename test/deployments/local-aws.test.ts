import { IAM } from '@aws-sdk/client-iam';
import { CfnOutput, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { useLocalAws } from './use-local-aws';
import { Account, type DeployedStack } from '../../local-aws/aws-account';
import { customResource } from '../../local-aws/declarations';
import { LocalAws } from '../../local-aws/local-aws';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../../src/private/role-identity';
import { expectResponses, type Given, IN_USE, SEQUENCES } from '../model/iam/responses';

jest.setTimeout(60_000);

const emptyAccount = useLocalAws();

/** A client that calls as a session of the role, as functions do. */
function clientOf(role: string, account: Account): IAM {
  const { credentials, ...config } = account.target.clientConfig();
  return new IAM({ ...config, credentials: { ...credentials!, sessionToken: `arn:aws:sts::${account.id}:assumed-role/${role}/session` } });
}

const ALL = { Action: '*', Resource: '*' };
const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

/** Returns the client that makes the calls. */
async function prepare(account: Account, given?: Given): Promise<IAM> {
  switch (given) {
    case 'a denied creation':
      return clientOf('role-without-policies', account);
    case 'a regular role that uses the reserved name':
      await account.iam.createRole({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: '{}' });
      break;
    case 'deletions that stay in progress':
      await account.configure({ pendingDeletions: true });
      break;
    case 'a role in use':
      await account.configure({ inUse: IN_USE });
      break;
  }
  return account.iam;
}

test.each(SEQUENCES)('IAM: $shows', async (sequence) => {
  const iam = await prepare(emptyAccount(), sequence.given);

  await expectResponses(sequence, iam);

  iam.destroy();
});

test('a setting makes a new role old', async () => {
  const account = emptyAccount();
  await account.configure({ roleAge: 3600 });
  await account.createRole();

  expect((Date.now() - (await account.role())!.CreateDate!.getTime()) / 1000).toBeCloseTo(3600, -2);
});

describe('a role', () => {
  const ROLE = `arn:aws:iam::*:role${ROLE_PATH}${ROLE_NAME}`;
  const WITHOUT_PATH = `arn:aws:iam::*:role/${ROLE_NAME}`;
  const reading = (Resource: string) => ({ Action: 'iam:Get*', Resource });
  const creationFor = (service: string) => ({ Action: 'iam:Create*', Resource: ROLE, Condition: { StringLike: { 'iam:AWSServiceName': service } } });
  const OTHER = { Action: 'iam:GetRolePolicy', Resource: '*' };

  const get = (iam: IAM) => iam.getRole({ RoleName: ROLE_NAME });
  const create = (iam: IAM) => iam.createServiceLinkedRole({ AWSServiceName: SERVICE_PRINCIPAL });
  const getStatus = (iam: IAM) => iam.getServiceLinkedRoleDeletionStatus({ DeletionTaskId: `task${ROLE_PATH}${ROLE_NAME}/1` });

  test.each<[string, 'the role' | 'no role', object, (iam: IAM) => Promise<object>, string, object?]>([
    ['cannot make a call that its policy does not allow', 'the role', OTHER, get, 'GetRole AccessDenied'],
    ['cannot make a call that its permissions boundary does not allow', 'the role', ALL, get, 'GetRole AccessDenied', OTHER],
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
    const iam = clientOf('caller', account);

    await call(iam).catch(() => {});

    expect((await account.calls()).at(-1)).toBe(logged);
    iam.destroy();
  });
});

/** Declares a custom resource that writes each event to the description of the role, if its function may. */
function writingEvents(trigger = '', allowed = 'iam:UpdateRoleDescription') {
  return (stack: Stack) => {
    const resource = customResource(stack, allowed, `
      await new IAM().updateRoleDescription({ RoleName: '${ROLE_NAME}', Description: event.RequestType + ' ' + PhysicalResourceId });
      response.Data = { ProcessId: process.pid };`, { trigger });
    new CfnOutput(stack, 'ProcessId', { value: resource.getAttString('ProcessId') });
    new logs.CfnLogGroup(stack, 'Bystander');
  };
}

describe('CloudFormation', () => {
  test('deploys a VPC with gateways and endpoints', async () => {
    const stack = emptyAccount().stack('Network');

    await stack.deploy(scope => void new ec2.Vpc(scope, 'Vpc').addInterfaceEndpoint('Iam', { service: new ec2.InterfaceVpcEndpointService('com.amazonaws.iam') }));

    await stack.destroy();
  });

  test('creates a custom resource whose Create failed without rollback again, and then deletes the failed one', async () => {
    const account = emptyAccount();
    await account.createRole();
    const stack = account.stack('Stack');
    await account.configure({ faults: { UpdateRoleDescription: { code: 'ValidationError', status: 400, message: 'try later', times: 1 } } });
    await stack.deploy(writingEvents(), 'CREATE_FAILED', { DisableRollback: true });
    const { Custom: failed } = await stack.resources();

    await stack.deploy(writingEvents('again'));

    expect((await stack.resources()).Custom).not.toBe(failed);
    expect((await account.role())?.Description).toBe(`Delete ${failed}`);
  });

  test('denies a function what its role does not allow, and retains what a failed Delete depends on until the stack is deleted again', async () => {
    const account = emptyAccount();
    await account.createRole();
    const stack = account.stack('Stack');

    const { events } = await stack.deploy(writingEvents('', 'iam:GetRole'), 'ROLLBACK_FAILED');

    expect(events).toContainEqual(expect.stringMatching(`^Custom CREATE_FAILED User: arn:aws:sts::${account.id}:assumed-role/\\S+/handler is not `
      + `authorized to perform: iam:UpdateRoleDescription on resource: role ${ROLE_NAME} because no identity-based policy allows`));
    const { Custom: failed, HandlerServiceRoleFCDC14AE: RoleName, ...others } = await stack.resources();
    expect(others).toEqual({ Handler886CB40B: 'handler', HandlerServiceRoleDefaultPolicyCBD0CC91: expect.any(String) });

    await account.iam.putRolePolicy({ RoleName, PolicyName: 'later', PolicyDocument: policy(ALL) });
    await stack.destroy();
    expect((await account.role())?.Description).toBe(`Delete ${failed}`);
  });
});

describe('functions', () => {
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const processOf = async (stack: DeployedStack) => Number((await stack.deploy(writingEvents())).outputs.ProcessId);

  test('with one name run separately per account and Region, and each ends with its stack', async () => {
    const [account, other] = [emptyAccount(), emptyAccount()];
    await Promise.all([account, other].map((each) => each.createRole()));
    const stacks = [account.stack('Stack'), account.stack('Stack', 'eu-west-1'), other.stack('Stack')];
    const pids = await Promise.all(stacks.map(processOf));
    expect(pids.map(isAlive)).toEqual([true, true, true]);

    await stacks[1].destroy();

    expect(pids.map(isAlive)).toEqual([true, false, true]);
  });

  test('end with their local AWS, and not with another one', async () => {
    const other = await LocalAws.start();
    const accounts = [new Account(other), emptyAccount()];
    await Promise.all(accounts.map((account) => account.createRole()));
    const pids = await Promise.all(accounts.map((account) => processOf(account.stack('Stack'))));
    expect(pids.map(isAlive)).toEqual([true, true]);
    expect(other.log()).toContain('Ready');

    accounts[0].close();
    await other.stop();

    expect(pids.map(isAlive)).toEqual([false, true]);
    await expect(fetch(other.endpoint)).rejects.toThrow();
    expect(other.log()).toBe('');
    await other.stop();
  });
});
