import type { DeletionTaskFailureReasonType } from '@aws-sdk/client-iam';
import type { Action, SdkError } from './iam-model';
import type { Iam } from '../../../src/handler/iam';
import { ROLE_NAME, ROLE_PATH, SERVICE_PRINCIPAL } from '../../../src/private/role-identity';

// How IAM responds: as others recorded it on AWS, and as is assumed. Each model of IAM responds so to the same calls.

/** Calls of IAM in an account that has no role, and their responses. */
export interface Sequence {
  /** What it shows, in a sentence. */
  readonly shows: string;
  /** Where and when it was recorded on AWS. Recordings of other services' roles are adapted to ElastiCache's. Absent: assumed. */
  readonly source?: string;
  readonly given?: Given;
  readonly calls: readonly Call[];
  /** Why the model does not show it. */
  readonly notModeled?: string;
}

/** What is different from an account in which everything is allowed and succeeds. */
export type Given = 'a denied creation' | 'a regular role that uses the reserved name' | 'deletions that stay in progress' | 'a role in use';

interface Call {
  readonly action: Action;
  readonly request: object | ((earlier: Responses) => object);
  readonly expected: Observation | ((earlier: Responses) => Observation);
}

type Responses = readonly { readonly DeletionTaskId?: string }[];

/**
 * What is known of a response, by the path of the field; `undefined`: the response does not have the field. Of each response
 * `status`, by default 200, and of an error `type`, `code` and `message`.
 */
type Observation = Readonly<Record<string, unknown>>;

const NO_SUCH_ENTITY = { status: 404, code: 'NoSuchEntity' };
const NO_ROLE = { ...NO_SUCH_ENTITY, message: `The role with name ${ROLE_NAME} cannot be found.` };
const INVALID_INPUT = { status: 400, type: 'Sender', code: 'InvalidInput' };
const NAME_TAKEN = { ...INVALID_INPUT, message: `Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.` };
const INVALID = { status: 400, code: 'ValidationError' };
const TOO_LONG = { ...INVALID, message: expect.stringContaining('Member must have length less than or equal to 1000') };
const OTHER_CHARACTERS = { ...INVALID, message: expect.stringContaining('Member must satisfy regular expression pattern') };

const get = (expected: Call['expected'] = {}, request: object = { RoleName: ROLE_NAME }): Call => ({ action: 'getRole', request, expected });
const create = (expected: Call['expected'] = {}, request: object = {}): Call =>
  ({ action: 'createServiceLinkedRole', request: { AWSServiceName: SERVICE_PRINCIPAL, ...request }, expected });
const update = (Description: string, expected: Call['expected'] = {}): Call =>
  ({ action: 'updateRoleDescription', request: { RoleName: ROLE_NAME, Description }, expected });
const remove = (expected: Call['expected'] = {}): Call => ({ action: 'deleteServiceLinkedRole', request: { RoleName: ROLE_NAME }, expected });
/** By default, of the deletion that follows a creation. */
const getStatus = (expected: Call['expected'] = {}, request: Call['request'] = ([, { DeletionTaskId }]: Responses) => ({ DeletionTaskId })): Call =>
  ({ action: 'getServiceLinkedRoleDeletionStatus', request, expected });

const LOCALSTACK = 'localstack/localstack, tests/aws/services/iam/test_iam.snapshot.json, 2025-03-13';
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

const RECORDINGS: readonly Sequence[] = [
  {
    shows: 'GetRole returns a new role without a description and without tags',
    source: LOCALSTACK,
    calls: [create(), get({
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
    })],
  },
  {
    shows: 'CreateServiceLinkedRole accepts no suffix',
    source: LOCALSTACK,
    calls: [create({ ...INVALID_INPUT, message: 'Custom suffix is not allowed for elasticache.amazonaws.com' }, { CustomSuffix: 'suffix' })],
  },
  {
    shows: 'CreateServiceLinkedRole of an existing role states that its name is taken (AWS Batch)',
    source: LOCALSTACK,
    calls: [create(), create(NAME_TAKEN)],
  },
  {
    shows: 'CreateServiceLinkedRole without permission names the ARN of the role (VPC IPAM)',
    source: 'hashicorp/terraform-provider-aws#22962, 2022-02',
    given: 'a denied creation',
    notModeled: 'the model has no policies',
    calls: [create({
      status: 403,
      code: 'AccessDenied',
      message: expect.stringMatching(
        `is not authorized to perform: iam:CreateServiceLinkedRole on resource: arn:aws:iam::\\d{12}:role${ROLE_PATH}${ROLE_NAME}\\b`),
    })],
  },
  {
    shows: 'CreateServiceLinkedRole of a service without such a role is denied',
    source: 'a public report on Amazon Bedrock AgentCore (bedrock-agentcore.amazonaws.com), 2025-10-18',
    calls: [create(
      { status: expect.any(Number), code: 'AccessDenied', message: 'Cannot find Service Linked Role template for bedrock-agentcore.amazonaws.com' },
      { AWSServiceName: 'bedrock-agentcore.amazonaws.com' },
    )],
  },
  {
    shows: 'GetRole of a missing role names it',
    source: 'a public runbook on the ACK controller for ElastiCache, 2026; the status: cloudquery/cloudquery#843, 2022-05-04',
    calls: [
      get(NO_ROLE),
      create(),
      get({ ...NO_SUCH_ENTITY, message: 'The role with name Another cannot be found.' }, { RoleName: 'Another' }),
    ],
  },
  {
    shows: 'DeleteServiceLinkedRole returns the ID of a task, and GetServiceLinkedRoleDeletionStatus of an ended one has no reason (AWS Batch)',
    source: LOCALSTACK,
    calls: [
      create(),
      remove({ DeletionTaskId: expect.stringMatching(`^task${ROLE_PATH}${ROLE_NAME}/${UUID}$`) }),
      getStatus({ Status: 'SUCCEEDED', Reason: undefined }),
    ],
  },
  {
    shows: 'GetServiceLinkedRoleDeletionStatus of a task that IAM does not know is NoSuchEntity',
    source: 'gruntwork-io/cloud-nuke#1143, 2026-06-09',
    calls: [getStatus(NO_SUCH_ENTITY, { DeletionTaskId: `task${ROLE_PATH}${ROLE_NAME}/01234567-89ab-cdef-0123-456789abcdef` })],
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
    calls: [create({
      'Role.Path': ROLE_PATH,
      'Role.Description': undefined,
      'Role.MaxSessionDuration': undefined,
      'Role.RoleLastUsed': undefined,
    }, { Description: 'requested' })],
  },
  {
    shows: 'UpdateRoleDescription returns the role as it is after the update, without RoleLastUsed',
    calls: [
      create(),
      update(EVERY_KIND_OF_CHARACTER, {
        'Role.Path': ROLE_PATH,
        'Role.Description': EVERY_KIND_OF_CHARACTER,
        'Role.MaxSessionDuration': 3600,
        'Role.RoleLastUsed': undefined,
      }),
      get({ 'Role.Description': EVERY_KIND_OF_CHARACTER }),
    ],
  },
  {
    shows: 'UpdateRoleDescription and DeleteServiceLinkedRole of a missing role respond as GetRole does',
    calls: [update('requested', NO_ROLE), remove(NO_ROLE)],
  },
  {
    shows: 'With a regular role that uses the reserved name, CreateServiceLinkedRole states that the name is taken, UpdateRoleDescription is carried out, '
      + 'and DeleteServiceLinkedRole is NoSuchEntity, the only error of its API model that applies',
    given: 'a regular role that uses the reserved name',
    calls: [
      create(NAME_TAKEN),
      update('requested', { 'Role.Path': '/', 'Role.Description': 'requested' }),
      remove(NO_ROLE),
    ],
  },
  {
    shows: 'A description that is too long or has other characters is a ValidationError with the status 400',
    calls: [
      create(TOO_LONG, { Description: 'x'.repeat(1001) }),
      create(OTHER_CHARACTERS, { Description: '\u20ac' }),
      create(),
      update('x'.repeat(1001), TOO_LONG),
      update('\u20ac', OTHER_CHARACTERS),
    ],
  },
  {
    shows: 'During a deletion GetRole returns the role, its name is taken, UpdateRoleDescription is carried out, '
      + 'and another request returns the ID of the same task',
    given: 'deletions that stay in progress',
    calls: [
      create(),
      remove(),
      getStatus({ Status: 'IN_PROGRESS', Reason: undefined }),
      create(NAME_TAKEN),
      update('requested'),
      get({ 'Role.Description': 'requested' }),
      remove(([, { DeletionTaskId }]) => ({ DeletionTaskId })),
    ],
  },
  {
    shows: 'A deletion that failed leaves the role as it was, and another request starts another task',
    given: 'a role in use',
    calls: [
      create(),
      remove(),
      get(),
      remove(([, { DeletionTaskId }]) => ({ DeletionTaskId: expect.not.stringMatching(DeletionTaskId!) })),
    ],
  },
  {
    shows: 'A status FAILED has a Reason with a RoleUsageList, and IAM remembers it for at least 30 s',
    given: 'a role in use',
    calls: [create(), remove(), getStatus(), getStatus({ Status: 'FAILED', Reason: IN_USE })],
  },
];

export const SEQUENCES: readonly Sequence[] = [...RECORDINGS, ...ASSUMPTIONS];

/** Makes the calls with the client, and checks the responses. */
export async function expectResponses({ calls }: Sequence, iam: Iam): Promise<void> {
  const earlier: object[] = [];
  for (const { action, request, expected } of calls) {
    const send = iam[action].bind(iam) as (request: object, options: object) => Promise<object>;
    const response = await send(typeof request === 'function' ? request(earlier) : request, { abortSignal: new AbortController().signal }).then(
      (success) => ({ ...success, status: 200 }),
      ({ $metadata, Type, Code, message }: SdkError) => ({ status: $metadata.httpStatusCode, type: Type, code: Code, message }),
    );
    const observation: Observation = { status: 200, ...typeof expected === 'function' ? expected(earlier) : expected };
    expect(Object.fromEntries(Object.keys(observation).map((path) => [path, fieldOf(response, path)]))).toEqual(observation);
    earlier.push(response);
  }
}

function fieldOf(response: object, path: string): unknown {
  const value = path.split('.').reduce<unknown>((parent, name) => (parent as Record<string, unknown> | undefined)?.[name], response);
  return path.endsWith('PolicyDocument') ? JSON.parse(decodeURIComponent(value as string)) : value;
}
