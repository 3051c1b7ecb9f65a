import type { Action, SdkError } from './iam-model';
import type { Iam } from '../../src/handler/iam';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../../src/private/role-identity';

/** A response of IAM that was recorded on AWS. Recordings of other services' roles are told of ElastiCache's. */
export interface Recording {
  /** What it shows, in a sentence. */
  readonly shows: string;
  readonly source: string;
  /** When it was recorded or published. */
  readonly date: string;
  /** The calls before it, which succeed. */
  readonly before?: readonly Call[];
  /** The action that the caller's policies do not allow. */
  readonly denied?: Action;
  readonly call: Call;
  readonly response: Observation;
}

export interface Call {
  readonly action: Action;
  /** With what the calls before it returned. */
  readonly request: object | ((responses: readonly { readonly DeletionTaskId?: string }[]) => object);
}

/** What a recording shows of a response; what it does not show is left out. */
export interface Observation {
  readonly status?: number;
  readonly type?: 'Sender' | 'Receiver';
  readonly code?: string;
  readonly message?: RegExp;
  /** By the path of the field. `undefined`: the response does not have it. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

const CREATE: Call = { action: 'createServiceLinkedRole', request: { AWSServiceName: SERVICE_PRINCIPAL } };
const GET: Call = { action: 'getRole', request: { RoleName: ROLE_NAME } };
const DELETE: Call = { action: 'deleteServiceLinkedRole', request: { RoleName: ROLE_NAME } };
const LOCALSTACK = { source: 'localstack/localstack, tests/aws/services/iam/test_iam.snapshot.json', date: '2025-03-13' };
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

export const RECORDINGS: readonly Recording[] = [
  {
    ...LOCALSTACK,
    shows: 'GetRole returns a new role without a description and without tags',
    before: [CREATE],
    call: GET,
    response: {
      status: 200,
      fields: {
        'Role.Path': ROLE_PATH,
        'Role.RoleName': ROLE_NAME,
        'Role.RoleId': expect.stringMatching(/^AROA\w+$/),
        'Role.Arn': expect.stringMatching(new RegExp(`^arn:aws:iam::\\d{12}:role${ROLE_PATH}${ROLE_NAME}$`)),
        'Role.CreateDate': expect.any(Date),
        'Role.MaxSessionDuration': 3600,
        'Role.AssumeRolePolicyDocument': {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: SERVICE_PRINCIPAL }, Action: 'sts:AssumeRole' }],
        },
        'Role.RoleLastUsed': {},
        'Role.Description': undefined,
        'Role.Tags': undefined,
      },
    },
  },
  {
    ...LOCALSTACK,
    shows: 'CreateServiceLinkedRole accepts no suffix',
    call: { action: 'createServiceLinkedRole', request: { AWSServiceName: SERVICE_PRINCIPAL, CustomSuffix: 'suffix' } },
    response: { status: 400, type: 'Sender', code: 'InvalidInput', message: /^Custom suffix is not allowed for elasticache\.amazonaws\.com$/ },
  },
  {
    ...LOCALSTACK,
    shows: 'CreateServiceLinkedRole of an existing role states that its name is taken (AWS Batch)',
    before: [CREATE],
    call: CREATE,
    response: {
      status: 400,
      type: 'Sender',
      code: 'InvalidInput',
      message: new RegExp(`^Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix\\.$`),
    },
  },
  {
    shows: 'CreateServiceLinkedRole without permission names the ARN of the role (VPC IPAM)',
    source: 'hashicorp/terraform-provider-aws#22962',
    date: '2022-02',
    denied: 'createServiceLinkedRole',
    call: CREATE,
    response: {
      status: 403,
      code: 'AccessDenied',
      message: new RegExp(`is not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::\\d{12}:role${ROLE_PATH}${ROLE_NAME}\\b`),
    },
  },
  {
    shows: 'CreateServiceLinkedRole of a service without such a role is denied',
    source: 'a public report on Amazon Bedrock AgentCore (bedrock-agentcore.amazonaws.com)',
    date: '2025-10-18',
    call: { action: 'createServiceLinkedRole', request: { AWSServiceName: 'bedrock-agentcore.amazonaws.com' } },
    response: { code: 'AccessDenied', message: /^Cannot find Service Linked Role template for bedrock-agentcore\.amazonaws\.com$/ },
  },
  {
    shows: 'GetRole of a missing role names it',
    source: 'a public runbook on the ACK controller for ElastiCache; the status: cloudquery/cloudquery#843',
    date: '2026; 2022-05-04',
    call: GET,
    response: { status: 404, code: 'NoSuchEntity', message: new RegExp(`^The role with name ${ROLE_NAME} cannot be found\\.$`) },
  },
  {
    ...LOCALSTACK,
    shows: 'DeleteServiceLinkedRole returns the ID of a task (AWS Batch)',
    before: [CREATE],
    call: DELETE,
    response: { status: 200, fields: { DeletionTaskId: expect.stringMatching(new RegExp(`^task${ROLE_PATH}${ROLE_NAME}/${UUID}$`)) } },
  },
  {
    ...LOCALSTACK,
    shows: 'GetServiceLinkedRoleDeletionStatus of an ended task has no reason (AWS Batch)',
    before: [CREATE, DELETE],
    call: { action: 'getServiceLinkedRoleDeletionStatus', request: ([, { DeletionTaskId }]) => ({ DeletionTaskId }) },
    response: { status: 200, fields: { Status: 'SUCCEEDED', Reason: undefined } },
  },
  {
    shows: 'GetServiceLinkedRoleDeletionStatus of a task that IAM does not know is NoSuchEntity',
    source: 'gruntwork-io/cloud-nuke#1143',
    date: '2026-06-09',
    call: {
      action: 'getServiceLinkedRoleDeletionStatus',
      request: { DeletionTaskId: `task${ROLE_PATH}${ROLE_NAME}/01234567-89ab-cdef-0123-456789abcdef` },
    },
    response: { status: 404, code: 'NoSuchEntity' },
  },
];

/** What the model does without a recording, and what on an account would settle it. */
export const ASSUMED: readonly { readonly assumption: string; readonly settledBy: string }[] = [
  {
    assumption: 'CreateServiceLinkedRole returns the role without Description, MaxSessionDuration and RoleLastUsed, as in the example of the API reference',
    settledBy: 'the response to a creation with a description',
  },
  {
    assumption: 'UpdateRoleDescription returns the role as it is after the update, without RoleLastUsed',
    settledBy: 'the response to an update of the description',
  },
  {
    assumption: 'UpdateRoleDescription is carried out on a regular role, and on a role whose deletion is in progress',
    settledBy: 'an update of each',
  },
  {
    assumption: 'A description that is too long or has other characters is a ValidationError with the status 400',
    settledBy: 'a creation with 1,001 characters',
  },
  {
    assumption: 'DeleteServiceLinkedRole of a regular role is NoSuchEntity, the only error of its API model that applies',
    settledBy: 'a request to delete a regular role that uses the reserved name',
  },
  {
    assumption: 'During a deletion GetRole returns the role, its name is taken, and another request returns the ID of the same task',
    settledBy: 'these calls while a deletion is IN_PROGRESS',
  },
  {
    assumption: 'A deletion that failed leaves the role as it was, and another request starts another task',
    settledBy: 'two requests to delete the role while a cache uses it',
  },
  {
    assumption: 'A status FAILED has a Reason with a RoleUsageList, and IAM remembers it for at least 30 s',
    settledBy: 'the status of a deletion while a cache uses the role',
  },
  {
    assumption: 'Reads lag behind writes by at most 10 s',
    settledBy: 'GetRole each second after a creation, an update and a deletion, in several Regions',
  },
];

/** Makes the calls of a recording with the client, and checks the last response. */
export async function expectAsRecorded({ before = [], call, response: recorded }: Recording, iam: Iam): Promise<void> {
  const { status, type, code, message, fields = {} } = recorded;
  const options = { abortSignal: new AbortController().signal };
  const responses: object[] = [];
  const send = ({ action, request }: Call) => {
    const method = iam[action].bind(iam) as (request: object, callOptions: object) => Promise<object>;
    return method(typeof request === 'function' ? request(responses) : request, options);
  };
  for (const each of before) {
    responses.push(await send(each));
  }

  const response = await send(call).then((success) => ({ $metadata: { httpStatusCode: 200 }, ...success }), (error: SdkError) => error);
  const { $metadata, Type, Code, message: text } = response as Partial<SdkError>;
  if (status) {
    expect($metadata!.httpStatusCode).toBe(status);
  }
  if (type) {
    expect(Type).toBe(type);
  }
  expect(Code).toBe(code);
  if (message) {
    expect(text).toMatch(message);
  }
  expect(Object.fromEntries(Object.keys(fields).map((path) => [path, fieldOf(response, path)]))).toEqual(fields);
}

function fieldOf(response: object, path: string): unknown {
  const value = path.split('.').reduce<unknown>((parent, name) => (parent as Record<string, unknown>)[name], response);
  return path.endsWith('PolicyDocument') ? JSON.parse(decodeURIComponent(value as string)) : value;
}
