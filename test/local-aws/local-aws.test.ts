import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStackEventsCommand, DescribeStackResourcesCommand, DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  AttachRolePolicyCommand, CreatePolicyCommand, CreateRoleCommand, CreateServiceLinkedRoleCommand, DeleteRoleCommand,
  DeleteServiceLinkedRoleCommand, GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand, IAMClient, PutRolePolicyCommand, UpdateRoleCommand, UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { LocalAws } from './local-aws';

const PRINCIPAL = 'elasticache.amazonaws.com';
const ROLE_NAME = 'AWSServiceRoleForElastiCache';
const TAKEN = `Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.`;
const CREATE = new CreateServiceLinkedRoleCommand({ AWSServiceName: PRINCIPAL });
const GET = new GetRoleCommand({ RoleName: ROLE_NAME });
const DELETE = new DeleteServiceLinkedRoleCommand({ RoleName: ROLE_NAME });

jest.setTimeout(60_000);

let aws: LocalAws;
let account: string;
let iam: IAMClient;
let accounts = 0;

beforeAll(async () => {
  aws = await LocalAws.start({ onInstall: () => process.stderr.write('Installing MiniStack\n') });
}, 300_000);

afterAll(async () => {
  await aws?.stop();
});

beforeEach(() => {
  account = String(100_000_000_000 + ++accounts);
  iam = new IAMClient(aws.clientConfig(account));
});

afterEach(() => iam.destroy());

/** The relevant part of an SDK error. */
function sdkError(name: string, status: number, message: string) {
  return { name, message: expect.stringContaining(message), $metadata: expect.objectContaining({ httpStatusCode: status }) };
}

const NOT_FOUND = sdkError('NoSuchEntityException', 404, `The role with name ${ROLE_NAME} cannot be found.`);

async function deletionStatus(taskId?: string) {
  return iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: taskId }));
}

describe('creating the service-linked role', () => {
  test('gives it the documented name, path and ARN', async () => {
    const { Role: role } = await iam.send(CREATE);

    expect(role).toMatchObject({
      RoleName: ROLE_NAME,
      Path: `/aws-service-role/${PRINCIPAL}/`,
      Arn: `arn:aws:iam::${account}:role/aws-service-role/${PRINCIPAL}/${ROLE_NAME}`,
    });
    expect(role?.Description).toBeUndefined();
    expect((await iam.send(GET)).Role).toEqual({ ...role, RoleLastUsed: {} });
  });

  test('fails if the role exists', async () => {
    await iam.send(CREATE);

    await expect(iam.send(CREATE)).rejects.toMatchObject(sdkError('InvalidInputException', 400, TAKEN));
  });

  test('fails if a regular IAM role uses the reserved name', async () => {
    await iam.send(new CreateRoleCommand({ RoleName: ROLE_NAME, AssumeRolePolicyDocument: '{}' }));

    await expect(iam.send(CREATE)).rejects.toMatchObject(sdkError('InvalidInputException', 400, TAKEN));
  });

  test.each([
    ['a custom suffix', { CustomSuffix: 'Mine' }, 'InvalidInputException', 400, `Custom suffix is not allowed for ${PRINCIPAL}`],
    ['a character that IAM does not accept', { Description: 'em\u2014dash' }, 'ValidationError', 400, 'Member must satisfy regular expression pattern'],
    ['a long description', { Description: 'x'.repeat(1001) }, 'ValidationError', 400, 'length less than or equal to 1000'],
    ['an unknown service', { AWSServiceName: 'x.amazonaws.com' }, 'AccessDenied', 403, 'Cannot find Service Linked Role template'],
  ])('fails with %s', async (_, input, name, status, message) => {
    await expect(iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: PRINCIPAL, ...input })))
      .rejects.toMatchObject(sdkError(name, status, message));
  });
});

describe('updating the service-linked role', () => {
  test('changes its description, with any documented character, and returns the role', async () => {
    const description = '<R&D> "caches"\r\n\t\u00a1\u00ff';
    await iam.send(CREATE);

    const { Role: updated } = await iam.send(new UpdateRoleDescriptionCommand({ RoleName: ROLE_NAME, Description: description }));

    expect(updated?.Description).toBe(description);
    expect((await iam.send(GET)).Role).toEqual({ ...updated, RoleLastUsed: {} });
    await iam.send(new UpdateRoleCommand({ RoleName: ROLE_NAME, Description: 'other' }));
    expect((await iam.send(GET)).Role?.Description).toBe('other');
  });

  test('fails for everything else', async () => {
    await iam.send(CREATE);
    const unmodifiable = sdkError('UnmodifiableEntityException', 400, `protected role '${ROLE_NAME}'`);

    await expect(iam.send(new UpdateRoleCommand({ RoleName: ROLE_NAME, MaxSessionDuration: 7200 }))).rejects.toMatchObject(unmodifiable);
    await expect(iam.send(new DeleteRoleCommand({ RoleName: ROLE_NAME }))).rejects.toMatchObject(unmodifiable);
    await expect(iam.send(new AttachRolePolicyCommand({ RoleName: ROLE_NAME, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })))
      .rejects.toMatchObject(unmodifiable);
    await expect(iam.send(new PutRolePolicyCommand({ RoleName: ROLE_NAME, PolicyName: 'p', PolicyDocument: '{}' })))
      .rejects.toMatchObject(unmodifiable);
  });

  test('fails if the role does not exist', async () => {
    await expect(iam.send(new UpdateRoleDescriptionCommand({ RoleName: ROLE_NAME, Description: '' }))).rejects.toMatchObject(NOT_FOUND);
  });
});

describe('deleting the service-linked role', () => {
  test('ends immediately by default', async () => {
    await iam.send(CREATE);

    const { DeletionTaskId: taskId } = await iam.send(DELETE);

    expect(taskId).toMatch(new RegExp(`^task/aws-service-role/${PRINCIPAL}/${ROLE_NAME}/[0-9a-f-]{36}$`));
    await expect(iam.send(GET)).rejects.toMatchObject(NOT_FOUND);
    expect(await deletionStatus(taskId)).toMatchObject({ Status: 'SUCCEEDED' });
  });

  test('returns the running task while it is in progress', async () => {
    await aws.configure({ pendingDeletionSteps: 2 }, account);
    await iam.send(CREATE);
    const { DeletionTaskId: taskId } = await iam.send(DELETE);

    expect((await iam.send(DELETE)).DeletionTaskId).toBe(taskId);
    expect((await deletionStatus(taskId)).Status).toBe('IN_PROGRESS');
    expect((await deletionStatus(taskId)).Status).toBe('IN_PROGRESS');
    await iam.send(GET);
    expect((await deletionStatus(taskId)).Status).toBe('SUCCEEDED');
    await expect(iam.send(GET)).rejects.toMatchObject(NOT_FOUND);
  });

  test('is accepted, and its task fails if the role is in use', async () => {
    const usage = [{ region: 'eu-west-1', resources: ['arn:aws:elasticache:eu-west-1:1:cluster:a&b'] }];
    await aws.configure({ inUse: { reason: 'still <used>', usage } }, account);
    await iam.send(CREATE);

    const { DeletionTaskId: failed } = await iam.send(DELETE);

    expect(await deletionStatus(failed)).toMatchObject({
      Status: 'FAILED',
      Reason: { Reason: 'still <used>', RoleUsageList: [{ Region: 'eu-west-1', Resources: usage[0].resources }] },
    });
    await iam.send(GET);

    await aws.configure({ inUse: null }, account);
    const { DeletionTaskId: succeeded } = await iam.send(DELETE);
    expect(succeeded).not.toBe(failed);
    expect((await deletionStatus(succeeded)).Status).toBe('SUCCEEDED');
  });

  test('fails if the role does not exist, and its status if the task does not exist', async () => {
    await expect(iam.send(DELETE)).rejects.toMatchObject(NOT_FOUND);
    await expect(deletionStatus('task/none')).rejects.toMatchObject(sdkError('NoSuchEntityException', 404, 'task/none'));
  });
});

describe('settings', () => {
  test('make reads lag behind a creation', async () => {
    await aws.configure({ laggingReads: 1 }, account);
    await iam.send(CREATE);

    await expect(iam.send(GET)).rejects.toMatchObject(NOT_FOUND);
    await iam.send(GET);
  });

  test('make a new role old', async () => {
    await aws.configure({ roleAge: 3600 }, account);

    const { Role: role } = await iam.send(CREATE);

    expect((Date.now() - role!.CreateDate!.getTime()) / 1000).toBeCloseTo(3600, -2);
  });

  test('inject a fault for a number of calls', async () => {
    await aws.configure({ faults: { GetRole: { code: 'AccessDenied', status: 403, message: 'no <entry>', times: 1 } } }, account);

    await expect(iam.send(GET)).rejects.toMatchObject(sdkError('AccessDenied', 403, 'no <entry>'));
    await expect(iam.send(GET)).rejects.toMatchObject(NOT_FOUND);
  });

  test('make IAM accept requests without responding', async () => {
    await aws.configure({ hangs: true }, account);
    await expect(iam.send(GET, { abortSignal: AbortSignal.timeout(300) })).rejects.toMatchObject({ name: 'AbortError' });

    await aws.configure({ hangs: false }, account);
    await expect(iam.send(GET)).rejects.toMatchObject(NOT_FOUND);
  });

  test('apply to one account, as do roles and the log of calls', async () => {
    const other = new IAMClient(aws.clientConfig('222222222222'));
    await aws.configure({ laggingReads: 1 }, '222222222222');
    await iam.send(CREATE);

    await iam.send(GET);
    await expect(other.send(GET)).rejects.toMatchObject(NOT_FOUND);

    expect(await aws.calls(account)).toEqual([
      { action: 'CreateServiceLinkedRole', account, error: null },
      { action: 'GetRole', account, error: null },
    ]);
    expect(await aws.calls('222222222222')).toEqual([{ action: 'GetRole', account: '222222222222', error: 'NoSuchEntity' }]);
    other.destroy();
  });
});

describe('CloudFormation', () => {
  // Writes the request to the role's description. Responds with the error if IAM returns one.
  const handler = `
    const { IAM } = require('@aws-sdk/client-iam');
    exports.handler = async (event) => {
      let Status = event.ResourceProperties[event.RequestType] ?? 'SUCCESS', Reason = 'as requested';
      const PhysicalResourceId = event.PhysicalResourceId ?? 'id-of-' + Status;
      try {
        await new IAM().updateRoleDescription({ RoleName: '${ROLE_NAME}', Description: event.RequestType + ' ' + PhysicalResourceId });
      } catch (error) {
        [Status, Reason] = ['FAILED', error.message];
      }
      const { StackId, RequestId, LogicalResourceId } = event, Data = { ProcessId: process.pid };
      const response = { Status, Reason, PhysicalResourceId, StackId, RequestId, LogicalResourceId, Data };
      await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(response) });
    };`;
  const FUNCTION = {
    Logs: { Type: 'AWS::Logs::LogGroup' },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: { RoleName: 'function-role', AssumeRolePolicyDocument: {}, Policies: allowing('iam:UpdateRoleDescription', '*') },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { ZipFile: handler },
        Handler: 'index.handler',
        Runtime: 'nodejs22.x',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        LoggingConfig: { LogGroup: { Ref: 'Logs' } },
      },
    },
  };
  const NATIVE = { Type: 'AWS::IAM::ServiceLinkedRole', Properties: { AWSServiceName: PRINCIPAL } };
  const CACHE = { Type: 'AWS::ElastiCache::ServerlessCache', Properties: { ServerlessCacheName: 'cache', Engine: 'valkey' } };
  const REFUSE_UPDATES = { faults: { UpdateRoleDescription: { code: 'AccessDenied', status: 403, message: 'not now' } } };

  let cloudFormation: CloudFormationClient;

  /** Policies of a role. */
  function allowing(Action: string, Resource: string, Condition?: object) {
    return [{ PolicyName: 'policy', PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource, Condition }] } }];
  }

  beforeEach(() => {
    cloudFormation = new CloudFormationClient(aws.clientConfig(account));
  });

  afterEach(() => cloudFormation.destroy());

  function customResource(outcomes: Record<string, string> = {}) {
    return { Type: 'Custom::Test', Properties: { ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] }, ...outcomes } };
  }

  async function settled(StackName: string) {
    for (;;) {
      const { Stacks: stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const { StackStatus: status, StackStatusReason: reason, Outputs: outputs } = stacks![0];
      if (!status?.endsWith('_IN_PROGRESS')) return { status, reason, output: outputs?.[0]?.OutputValue };
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  async function create(StackName: string, Resources: object, Outputs?: object, DisableRollback?: boolean) {
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources, Outputs }), DisableRollback }));
    return settled(StackName);
  }

  async function update(StackName: string, Resources: object) {
    await cloudFormation.send(new UpdateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
    return settled(StackName);
  }

  async function remove(StackName: string) {
    const { Stacks: stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    return settled(stacks![0].StackId!);
  }

  async function resources(StackName: string) {
    const { StackResources: found } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
    return Object.fromEntries(found!.map(resource => [resource.LogicalResourceId, resource.ResourceStatus]));
  }

  async function events(StackName: string) {
    const { StackEvents: found } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    return found!.reverse().map(event => `${event.LogicalResourceId} ${event.ResourceStatus} ${event.ResourceStatusReason ?? ''}`.trim());
  }

  test('sends a Delete event for a custom resource whose Create failed, with the physical ID of the failed response', async () => {
    await iam.send(CREATE);

    expect(await create('stack', { ...FUNCTION, Custom: customResource({ Create: 'FAILED' }) })).toMatchObject({ status: 'ROLLBACK_COMPLETE' });

    expect((await iam.send(GET)).Role?.Description).toBe('Delete id-of-FAILED');
    expect(await events('stack')).toEqual(expect.arrayContaining(['Custom CREATE_FAILED as requested', 'Custom DELETE_COMPLETE', 'Role DELETE_COMPLETE']));
  });

  test('creates a custom resource whose Create failed without rollback again, and then deletes the failed one', async () => {
    await iam.send(CREATE);
    expect(await create('stack', { ...FUNCTION, Custom: customResource({ Create: 'FAILED' }) }, undefined, true)).toMatchObject({ status: 'CREATE_FAILED' });
    expect((await iam.send(GET)).Role?.Description).toBe('Create id-of-FAILED');

    expect(await update('stack', { ...FUNCTION, Custom: customResource() })).toMatchObject({ status: 'UPDATE_COMPLETE' });

    expect(await resources('stack')).toMatchObject({ Custom: 'UPDATE_COMPLETE' });
    expect((await iam.send(GET)).Role?.Description).toBe('Delete id-of-FAILED');
  });

  test('retains what a custom resource depends on if its Delete fails, until the stack is deleted again', async () => {
    await iam.send(CREATE);
    expect(await create('stack', { ...FUNCTION, Custom: customResource(), Bystander: { Type: 'AWS::Logs::LogGroup' } }))
      .toMatchObject({ status: 'CREATE_COMPLETE' });
    await aws.configure(REFUSE_UPDATES, account);

    expect(await remove('stack')).toMatchObject({ status: 'DELETE_FAILED', reason: 'The following resource(s) failed to delete: [Custom].' });

    expect(await resources('stack')).toEqual({
      Custom: 'DELETE_FAILED', Function: 'CREATE_COMPLETE', Role: 'CREATE_COMPLETE', Logs: 'CREATE_COMPLETE',
    });
    await iam.send(new GetRoleCommand({ RoleName: 'function-role' }));

    await aws.configure({ faults: {} }, account);
    expect(await remove('stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect((await iam.send(GET)).Role?.Description).toBe('Delete id-of-SUCCESS');
    await expect(iam.send(new GetRoleCommand({ RoleName: 'function-role' }))).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  });

  test('retains it if the Delete of a rollback fails, too', async () => {
    await iam.send(CREATE);
    await aws.configure(REFUSE_UPDATES, account);

    expect(await create('stack', { ...FUNCTION, Custom: customResource() }))
      .toMatchObject({ status: 'ROLLBACK_FAILED', reason: 'The following resource(s) failed to delete: [Custom].' });

    expect(await resources('stack')).toMatchObject({ Custom: 'DELETE_FAILED', Function: 'CREATE_COMPLETE', Role: 'CREATE_COMPLETE' });
    await aws.configure({ faults: {} }, account);
    expect(await remove('stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect((await iam.send(GET)).Role?.Description).toBe('Delete id-of-SUCCESS');
  });

  test('creates and deletes a native service-linked role, and fails if the role exists', async () => {
    expect(await create('first', { Native: NATIVE })).toMatchObject({ status: 'CREATE_COMPLETE' });

    expect(await create('second', { Native: NATIVE })).toMatchObject({ status: 'ROLLBACK_COMPLETE' });

    expect(await events('second')).toContain(`Native CREATE_FAILED ${TAKEN}`);
    await iam.send(GET);
    expect(await remove('first')).toMatchObject({ status: 'DELETE_COMPLETE' });
    await expect(iam.send(GET)).rejects.toMatchObject(NOT_FOUND);
  });

  test('creates a serverless cache only if the role exists, which is then in use', async () => {
    expect(await create('early', { Cache: CACHE })).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    expect(await events('early')).toContainEqual(expect.stringContaining(
      'This action cannot be completed due to insufficient permissions. (Recommended action) Please create new role using IAM API CreateServiceLinkedRole.'));

    expect(await create('cache', { Cache: { ...CACHE, DependsOn: 'Native' }, Native: { ...NATIVE, DeletionPolicy: 'Retain' } }))
      .toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(await deletionStatus((await iam.send(DELETE)).DeletionTaskId)).toMatchObject({
      Status: 'FAILED',
      Reason: { RoleUsageList: [{ Region: 'us-east-1', Resources: [`arn:aws:elasticache:us-east-1:${account}:serverlesscache:cache`] }] },
    });

    expect(await remove('cache')).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect((await deletionStatus((await iam.send(DELETE)).DeletionTaskId)).Status).toBe('SUCCEEDED');
  });

  test('runs functions with one name separately per account and Region, and ends each with its stack', async () => {
    const places = [[account], [account, 'eu-west-1'], ['333333333333']] as const;
    const clients = places.map(place => new CloudFormationClient(aws.clientConfig(...place)));
    const isAlive = (pid: number) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    const pids: number[] = [];
    for (const client of clients) {
      cloudFormation = client;
      const { Role, ...withoutName } = FUNCTION;
      const { status, output } = await create('stack', {
        ...withoutName,
        Role: { ...Role, Properties: { ...Role.Properties, RoleName: undefined } },
        Custom: { ...customResource(), DependsOn: 'Native' },
        ...client === clients[1] ? { Native: { Type: 'AWS::Logs::LogGroup' } } : { Native: NATIVE },
      }, { ProcessId: { Value: { 'Fn::GetAtt': ['Custom', 'ProcessId'] } } });
      expect(status).toBe('CREATE_COMPLETE');
      pids.push(Number(output));
    }
    expect(pids.map(isAlive)).toEqual([true, true, true]);

    cloudFormation = clients[1];
    await remove('stack');

    expect(pids.map(isAlive)).toEqual([true, false, true]);
    clients.forEach(client => client.destroy());
  });

  describe('lets a function', () => {
    // Makes one IAM call and returns its result.
    const caller = `
      const { IAM } = require('@aws-sdk/client-iam');
      exports.handler = async (event) => {
        let Result = 'done';
        try {
          await new IAM()[event.ResourceProperties.Call](JSON.parse(event.ResourceProperties.Input));
        } catch (error) {
          Result = error.$metadata.httpStatusCode + ' ' + error.name + ': ' + error.message;
        }
        const { StackId, RequestId, LogicalResourceId } = event, PhysicalResourceId = 'id', Status = 'SUCCESS';
        const response = { Status, PhysicalResourceId, StackId, RequestId, LogicalResourceId, Data: { Result } };
        await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(response) });
      };`;

    async function resultOf(call: string, input: object, policies: object, boundary?: string) {
      const { Role, Function, Logs } = FUNCTION;
      const { output } = await create('stack', {
        Logs,
        Role: { ...Role, Properties: { ...Role.Properties, Policies: policies, PermissionsBoundary: boundary } },
        Function: { ...Function, Properties: { ...Function.Properties, FunctionName: 'caller', Code: { ZipFile: caller } } },
        Custom: customResource({ Call: call, Input: JSON.stringify(input) }),
      }, { Result: { Value: { 'Fn::GetAtt': ['Custom', 'Result'] } } });
      return output;
    }

    const WITH_PATH = `arn:aws:iam::*:role/aws-service-role/${PRINCIPAL}/${ROLE_NAME}`;
    const WITHOUT_PATH = `arn:aws:iam::*:role/${ROLE_NAME}`;
    const ROLE = `role ${ROLE_NAME}`;
    const TASK = `task/aws-service-role/${PRINCIPAL}/${ROLE_NAME}/1`;
    const NAME = { RoleName: ROLE_NAME };

    function denial(action: string, resource: string) {
      return `403 AccessDenied: User: arn:aws:sts::${account}:assumed-role/function-role/caller is not authorized to perform: iam:${action} `
        + `on resource: ${resource.replace('*', account)} because no identity-based policy allows the iam:${action} action`;
    }

    test('make only the calls that its role allows, unlike a test', async () => {
      await iam.send(CREATE);

      expect(await resultOf('getRole', NAME, allowing('iam:GetRolePolicy', '*'))).toBe(denial('GetRole', ROLE));

      await iam.send(GET);
      expect((await aws.calls(account)).slice(1)).toEqual([
        { action: 'GetRole', account, error: 'AccessDenied' },
        { action: 'GetRole', account, error: null },
      ]);
    });

    test('make no call that the permissions boundary of its role does not allow', async () => {
      const { Policy: boundary } = await iam.send(new CreatePolicyCommand({
        PolicyName: 'boundary', PolicyDocument: JSON.stringify(allowing('iam:GetRolePolicy', '*')[0].PolicyDocument),
      }));

      expect(await resultOf('getRole', NAME, allowing('iam:GetRole', '*'), boundary!.Arn)).toBe(denial('GetRole', ROLE));
    });

    test.each([
      ['read an existing role by its ARN', true, WITH_PATH, 'done'],
      ['not read an existing role by its ARN without the path', true, WITHOUT_PATH, undefined],
      ['read a nonexistent role by its ARN without a path', false, WITHOUT_PATH, `404 ${NOT_FOUND.name}`],
      ['not read a nonexistent role by its ARN with a path', false, WITH_PATH, undefined],
    ])('%s', async (_, exists, allowed, expected) => {
      if (exists) await iam.send(CREATE);

      expect(await resultOf('getRole', NAME, allowing('iam:Get*', allowed))).toContain(expected ?? denial('GetRole', ROLE));
    });

    test.each([
      ['create a role for the service in its policy', PRINCIPAL, 'done'],
      ['not create a role for another service', 'rds.amazonaws.com', undefined],
    ])('%s', async (_, service, expected) => {
      const policies = allowing('iam:CreateServiceLinkedRole', WITH_PATH, { StringLike: { 'iam:AWSServiceName': service } });

      expect(await resultOf('createServiceLinkedRole', { AWSServiceName: PRINCIPAL }, policies))
        .toBe(expected ?? denial('CreateServiceLinkedRole', WITH_PATH));
    });

    test.each([
      ['read the status of a deletion by the ARN of the role', WITH_PATH, `404 ${NOT_FOUND.name}`],
      ['not read the status of a deletion by the ARN without the path', WITHOUT_PATH, undefined],
    ])('%s', async (_, allowed, expected) => {
      const action = 'GetServiceLinkedRoleDeletionStatus';

      expect(await resultOf('getServiceLinkedRoleDeletionStatus', { DeletionTaskId: TASK }, allowing(`iam:${action}`, allowed)))
        .toContain(expected ?? denial(action, WITH_PATH));
    });
  });

  test('ends functions with their local AWS, without affecting another one', async () => {
    const other = await LocalAws.start();
    cloudFormation = new CloudFormationClient(other.clientConfig(account));
    const { status, output } = await create('stack',
      { ...FUNCTION, Native: NATIVE, Custom: { ...customResource(), DependsOn: 'Native' } },
      { ProcessId: { Value: { 'Fn::GetAtt': ['Custom', 'ProcessId'] } } });
    expect(status).toBe('CREATE_COMPLETE');
    expect(process.kill(Number(output), 0)).toBe(true);
    expect(await other.calls()).toEqual([{ action: 'UpdateRoleDescription', account, error: null }]);
    expect(await aws.calls(account)).toEqual([]);
    expect(other.log()).toContain('Ready');

    await other.stop();

    expect(() => process.kill(Number(output), 0)).toThrow('ESRCH');
    await expect(fetch(other.endpoint)).rejects.toThrow();
    expect(other.log()).toBe('');
    await other.stop();
  });
});

test('a reset empties roles, settings, and calls', async () => {
  await aws.configure({ laggingReads: 1 });
  await iam.send(CREATE);

  await aws.reset();

  expect(await aws.calls()).toEqual([]);
  await expect(iam.send(GET)).rejects.toMatchObject(NOT_FOUND);
  await iam.send(CREATE);
  await iam.send(GET);
});
