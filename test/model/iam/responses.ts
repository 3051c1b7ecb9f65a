import type { DeletionTaskFailureReasonType } from '@aws-sdk/client-iam';
import type { Action, SdkError } from './iam-model';
import type { Iam } from '../../../src/handler/iam';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../../../src/private/role-identity';

// How IAM responds: as others recorded it on AWS, and as is assumed. Each model of IAM responds so to the same calls.

/** Calls of IAM in an account that has no role, and their responses. */
export interface Sequence {
  /** What it shows, in a sentence. */
  readonly shows: string;
  readonly given?: Given;
  readonly calls: readonly Call[];
  /** Why the local AWS does not show it. */
  readonly notLocal?: string;
}

/** What is different from an account in which everything is allowed and succeeds. */
export type Given = 'a denied creation' | 'a regular role that uses the reserved name' | 'deletions that stay in progress' | 'a role in use';

interface Call {
  readonly action: Action;
  readonly request: object | ((earlier: Responses) => object);
  /** By default, the call succeeds. */
  readonly response?: Observation | ((earlier: Responses) => Observation);
}

type Responses = readonly { readonly DeletionTaskId?: string }[];

/**
 * What is known of a response, by the path of the field; `undefined`: the response does not have the field. Of each response
 * `status`, of an error `type`, `code` and `message`.
 */
type Observation = Readonly<Record<string, unknown>>;

/** Recorded on AWS. Recordings of other services' roles are adapted to ElastiCache's. */
interface Recording extends Sequence {
  readonly source: string;
  /** When it was recorded or published. */
  readonly date: string;
}

const GET: Call = { action: 'getRole', request: { RoleName: ROLE_NAME } };
const DELETE: Call = { action: 'deleteServiceLinkedRole', request: { RoleName: ROLE_NAME } };
const creation = (request: object = {}): Call => ({ action: 'createServiceLinkedRole', request: { AWSServiceName: SERVICE_PRINCIPAL, ...request } });
const CREATE = creation();
const update = (Description?: string): Call => ({ action: 'updateRoleDescription', request: { RoleName: ROLE_NAME, Description } });
const statusOf = (request: Call['request']): Call => ({ action: 'getServiceLinkedRoleDeletionStatus', request });
/** Of the deletion that follows a creation. */
const STATUS = statusOf(([, { DeletionTaskId }]) => ({ DeletionTaskId }));

const NO_SUCH_ENTITY = { status: 404, code: 'NoSuchEntity' };
const NO_ROLE = { ...NO_SUCH_ENTITY, message: `The role with name ${ROLE_NAME} cannot be found.` };
const INVALID_INPUT = { status: 400, type: 'Sender', code: 'InvalidInput' };
const NAME_TAKEN = { ...INVALID_INPUT, message: `Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.` };
const INVALID = { status: 400, code: 'ValidationError' };
const TOO_LONG = { ...INVALID, message: expect.stringContaining('Member must have length less than or equal to 1000') };
const OTHER_CHARACTERS = { ...INVALID, message: expect.stringContaining('Member must satisfy regular expression pattern') };

const LOCALSTACK = { source: 'localstack/localstack, tests/aws/services/iam/test_iam.snapshot.json', date: '2025-03-13' };
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

const RECORDINGS: readonly Recording[] = [
  {
    ...LOCALSTACK,
    shows: 'GetRole returns a new role without a description and without tags',
    calls: [CREATE, {
      ...GET,
      response: {
        'status': 200,
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
    }],
  },
  {
    ...LOCALSTACK,
    shows: 'CreateServiceLinkedRole accepts no suffix',
    calls: [{
      ...creation({ CustomSuffix: 'suffix' }),
      response: { ...INVALID_INPUT, message: 'Custom suffix is not allowed for elasticache.amazonaws.com' },
    }],
  },
  {
    ...LOCALSTACK,
    shows: 'CreateServiceLinkedRole of an existing role states that its name is taken (AWS Batch)',
    calls: [CREATE, { ...CREATE, response: NAME_TAKEN }],
  },
  {
    shows: 'CreateServiceLinkedRole without permission names the ARN of the role (VPC IPAM)',
    source: 'hashicorp/terraform-provider-aws#22962',
    date: '2022-02',
    given: 'a denied creation',
    calls: [{
      ...CREATE,
      response: {
        status: 403,
        code: 'AccessDenied',
        message: expect.stringMatching(
          `is not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::\\d{12}:role${ROLE_PATH}${ROLE_NAME}\\b`),
      },
    }],
  },
  {
    shows: 'CreateServiceLinkedRole of a service without such a role is denied',
    source: 'a public report on Amazon Bedrock AgentCore (bedrock-agentcore.amazonaws.com)',
    date: '2025-10-18',
    calls: [{
      ...creation({ AWSServiceName: 'bedrock-agentcore.amazonaws.com' }),
      response: { code: 'AccessDenied', message: 'Cannot find Service Linked Role template for bedrock-agentcore.amazonaws.com' },
    }],
  },
  {
    shows: 'GetRole of a missing role names it',
    source: 'a public runbook on the ACK controller for ElastiCache; the status: cloudquery/cloudquery#843',
    date: '2026; 2022-05-04',
    calls: [
      { ...GET, response: NO_ROLE },
      CREATE,
      { ...GET, request: { RoleName: 'Another' }, response: { ...NO_SUCH_ENTITY, message: 'The role with name Another cannot be found.' } },
    ],
  },
  {
    ...LOCALSTACK,
    shows: 'DeleteServiceLinkedRole returns the ID of a task (AWS Batch)',
    calls: [CREATE, { ...DELETE, response: { status: 200, DeletionTaskId: expect.stringMatching(`^task${ROLE_PATH}${ROLE_NAME}/${UUID}$`) } }],
  },
  {
    ...LOCALSTACK,
    shows: 'GetServiceLinkedRoleDeletionStatus of an ended task has no reason (AWS Batch)',
    calls: [CREATE, DELETE, { ...STATUS, response: { status: 200, Status: 'SUCCEEDED', Reason: undefined } }],
  },
  {
    shows: 'GetServiceLinkedRoleDeletionStatus of a task that IAM does not know is NoSuchEntity',
    source: 'gruntwork-io/cloud-nuke#1143',
    date: '2026-06-09',
    calls: [{ ...statusOf({ DeletionTaskId: `task${ROLE_PATH}${ROLE_NAME}/01234567-89ab-cdef-0123-456789abcdef` }), response: NO_SUCH_ENTITY }],
  },
];

const EVERY_KIND_OF_CHARACTER = '<R&D> "caches"\r\n\t\u00a1\u00ff';

/** Why IAM does not delete a role in use. */
export const IN_USE = {
  Reason: 'still <used>',
  RoleUsageList: [{ Region: 'eu-west-1', Resources: ['arn:aws:elasticache:eu-west-1:1:cluster:a&b'] }],
} satisfies DeletionTaskFailureReasonType;

/** What no recording covers. docs/maintaining/guarantees.md states what on an account settles each. */
const ASSUMPTIONS: readonly Sequence[] = [
  {
    shows: 'CreateServiceLinkedRole returns the role without Description, MaxSessionDuration and RoleLastUsed, as in the example of the API reference',
    calls: [{
      ...creation({ Description: 'requested' }),
      response: {
        'status': 200,
        'Role.Path': ROLE_PATH,
        'Role.Description': undefined,
        'Role.MaxSessionDuration': undefined,
        'Role.RoleLastUsed': undefined,
      },
    }],
  },
  {
    shows: 'UpdateRoleDescription returns the role as it is after the update, without RoleLastUsed',
    calls: [
      CREATE,
      {
        ...update(EVERY_KIND_OF_CHARACTER),
        response: {
          'status': 200,
          'Role.Path': ROLE_PATH,
          'Role.Description': EVERY_KIND_OF_CHARACTER,
          'Role.MaxSessionDuration': 3600,
          'Role.RoleLastUsed': undefined,
        },
      },
      { ...GET, response: { 'Role.Description': EVERY_KIND_OF_CHARACTER } },
    ],
  },
  {
    shows: 'UpdateRoleDescription and DeleteServiceLinkedRole of a missing role respond as GetRole does',
    calls: [{ ...update('requested'), response: NO_ROLE }, { ...DELETE, response: NO_ROLE }],
  },
  {
    shows: 'With a regular role that uses the reserved name, CreateServiceLinkedRole states that the name is taken, UpdateRoleDescription is carried out, '
      + 'and DeleteServiceLinkedRole is NoSuchEntity, the only error of its API model that applies',
    given: 'a regular role that uses the reserved name',
    calls: [
      { ...CREATE, response: NAME_TAKEN },
      { ...update('requested'), response: { 'status': 200, 'Role.Path': '/', 'Role.Description': 'requested' } },
      { ...DELETE, response: NO_ROLE },
    ],
  },
  {
    shows: 'A description that is too long or has other characters is a ValidationError with the status 400',
    calls: [
      { ...creation({ Description: 'x'.repeat(1001) }), response: TOO_LONG },
      { ...creation({ Description: '\u20ac' }), response: OTHER_CHARACTERS },
      CREATE,
      { ...update('x'.repeat(1001)), response: TOO_LONG },
      { ...update('\u20ac'), response: OTHER_CHARACTERS },
    ],
  },
  {
    shows: 'A request without a required parameter is a ValidationError with the status 400',
    notLocal: 'MiniStack requires no parameter',
    calls: [
      { ...GET, request: {}, response: INVALID },
      CREATE,
      { ...update(undefined), response: INVALID },
      { ...statusOf({}), response: INVALID },
    ],
  },
  {
    shows: 'During a deletion GetRole returns the role, its name is taken, UpdateRoleDescription is carried out, '
      + 'and another request returns the ID of the same task',
    given: 'deletions that stay in progress',
    calls: [
      CREATE,
      DELETE,
      { ...STATUS, response: { status: 200, Status: 'IN_PROGRESS', Reason: undefined } },
      { ...CREATE, response: NAME_TAKEN },
      update('requested'),
      { ...GET, response: { 'status': 200, 'Role.Description': 'requested' } },
      { ...DELETE, response: ([, { DeletionTaskId }]) => ({ DeletionTaskId }) },
    ],
  },
  {
    shows: 'A deletion that failed leaves the role as it was, and another request starts another task',
    given: 'a role in use',
    calls: [
      CREATE,
      DELETE,
      GET,
      { ...DELETE, response: ([, { DeletionTaskId }]) => ({ status: 200, DeletionTaskId: expect.not.stringMatching(DeletionTaskId!) }) },
    ],
  },
  {
    shows: 'A status FAILED has a Reason with a RoleUsageList, and IAM remembers it for at least 30 s',
    given: 'a role in use',
    calls: [CREATE, DELETE, STATUS, { ...STATUS, response: { status: 200, Status: 'FAILED', Reason: IN_USE } }],
  },
];

export const SEQUENCES: readonly Sequence[] = [...RECORDINGS, ...ASSUMPTIONS];

/** Makes the calls with the client, and checks the responses. */
export async function expectResponses({ calls }: Sequence, iam: Iam): Promise<void> {
  const earlier: object[] = [];
  for (const { action, request, response: expected = { status: 200 } } of calls) {
    const send = iam[action].bind(iam) as (request: object, options: object) => Promise<object>;
    const response = await send(typeof request === 'function' ? request(earlier) : request, { abortSignal: new AbortController().signal }).then(
      (success) => ({ ...success, status: 200 }),
      ({ $metadata, Type, Code, message }: SdkError) => ({ status: $metadata.httpStatusCode, type: Type, code: Code, message }),
    );
    const observation = typeof expected === 'function' ? expected(earlier) : expected;
    expect(Object.fromEntries(Object.keys(observation).map((path) => [path, fieldOf(response, path)]))).toEqual(observation);
    earlier.push(response);
  }
}

function fieldOf(response: object, path: string): unknown {
  const value = path.split('.').reduce<unknown>((parent, name) => (parent as Record<string, unknown> | undefined)?.[name], response);
  return path.endsWith('PolicyDocument') ? JSON.parse(decodeURIComponent(value as string)) : value;
}
