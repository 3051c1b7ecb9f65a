import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { ROLE_NAME } from '../../src/private/role-identity';
import { type HandlerResponse, Simulation, someEvent } from '../model/simulation';

// CloudFormation sends strings, and the library checks them. An edited template, an unbounded parameter, or an event sent by hand can have
// anything else: the response has one readable reason, or retains the role.

const OWNED = `${ROLE_NAME}/AROA1`;
/** What no property may be. */
const OTHER_TYPES = [undefined, null, 5, true, ['destroy'], { text: 'destroy' }];
const FORMS = [...OTHER_TYPES, '', ' ', 'x'.repeat(5_000)];

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
  simulation.existingRole();
});

/** By default, the role is to be deleted. The changes replace fields of the event or of its properties. */
function handle(type: 'Create' | 'Update' | 'Delete', { properties = {}, ...fields }: { readonly properties?: unknown; readonly [field: string]: unknown }): Promise<HandlerResponse> {
  const event = someEvent(type, { id: OWNED, RemovalPolicy: 'destroy' });
  const ResourceProperties = isObject(properties) ? { ...event.ResourceProperties, ...properties } : properties;
  return simulation.handle({ ...event, ResourceProperties, ...fields } as unknown as CloudFormationCustomResourceEvent);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** With a name for the test. */
const named = (values: readonly unknown[]) => values.map((value) => [shown(value), value] as const);

const expectNoCall = () => {
  expect(simulation.iam.actions).toEqual([]);
  expect(simulation.puts).toHaveLength(1);
};

describe.each(['Create', 'Update'] as const)('%s fails before it calls IAM, with the value', (type) => {
  test.each(named([...FORMS, 60, ['60'], 'abc', 'NaN', 'Infinity', '-1', '-0.001', '601', '600.5', '3000000', '1e999']))('PropagationDelay %s', async (_, value) => {
    expect(await handle(type, { properties: { PropagationDelay: value } })).toMatchObject({
      Status: 'FAILED', Reason: `PropagationDelay is ${shown(value)}. Set it to a number of seconds from 0 to 600, then deploy again.`,
    });
    expectNoCall();
  });

  test.each(named(OTHER_TYPES.slice(1)))('Description %s', async (_, value) => {
    expect(await handle(type, { properties: { Description: value } })).toMatchObject({
      Status: 'FAILED', Reason: `Description is ${shown(value)}. Set it to a string, then deploy again.`,
    });
    expectNoCall();
  });

  test('a Description that is too long', async () => {
    expect(await handle(type, { properties: { Description: 'x'.repeat(1_001) } })).toMatchObject({
      Status: 'FAILED', Reason: 'Description has 1001 characters, IAM accepts at most 1000. Shorten it, then deploy again.',
    });
    expectNoCall();
  });

  test.each(named(OTHER_TYPES))('ResourceProperties %s', async (_, value) => {
    expect(await handle(type, { ResourceProperties: value })).toMatchObject({
      Status: 'FAILED', Reason: 'PropagationDelay is undefined. Set it to a number of seconds from 0 to 600, then deploy again.',
    });
    expectNoCall();
  });
});

test('a description that is just short enough is accepted', async () => {
  const Description = 'x'.repeat(1_000);
  expect(await handle('Create', { properties: { Description } })).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.role).toMatchObject({ Description });
});

test('a Description with a character that IAM rejects fails with the words of IAM', async () => {
  expect(await handle('Create', { properties: { Description: 'caches \u2013 all' } })).toMatchObject({
    Status: 'FAILED', Reason: expect.stringMatching(/^iam:UpdateRoleDescription failed: ValidationError: .*regular expression pattern/),
  });
});

test.each(named(FORMS))('Create and Update do not read RemovalPolicy and Trigger: %s', async (_, value) => {
  for (const type of ['Create', 'Update'] as const) {
    expect(await handle(type, { properties: { RemovalPolicy: value, Trigger: value } })).toMatchObject({ Status: 'SUCCESS' });
  }
});

describe('Delete retains the role, and calls nothing', () => {
  test.each(named([...FORMS, 'Destroy', 'destroy ', 'snapshot', 'retain', 'true']))('RemovalPolicy %s', async (_, value) => {
    expect(await handle('Delete', { properties: { RemovalPolicy: value } })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWNED });
    expect(simulation.log[1]).toBe(`retaining the role: its removal policy is ${shown(value)}`);
    expectNoCall();
  });

  test.each(named(OTHER_TYPES))('ResourceProperties %s', async (_, value) => {
    expect(await handle('Delete', { ResourceProperties: value })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWNED });
    expectNoCall();
  });

  test.each(named([...FORMS, `${ROLE_NAME}/`, `${OWNED}/x`, ` ${OWNED}`, `${OWNED}\n`, OWNED.toLowerCase(), 'AROA1']))('PhysicalResourceId %s', async (_, value) => {
    expect(await handle('Delete', { PhysicalResourceId: value })).toMatchObject({
      Status: 'SUCCESS', PhysicalResourceId: typeof value === 'string' && value ? value : 'not-created',
    });
    expect(simulation.log[1]).toBe('retaining the role: this stack did not create it');
    expectNoCall();
  });
});

test('a Delete whose other properties have other types deletes the role that is its own', async () => {
  expect(await handle('Delete', { properties: { PropagationDelay: [], Description: {}, Trigger: 5 } })).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.role).toBeUndefined();
});

// CloudFormation deletes the resource with the previous ID if the response has another one.
test.each(named([...OTHER_TYPES, '']))('an Update without a PhysicalResourceId fails: %s', async (_, value) => {
  expect(await handle('Update', { PhysicalResourceId: value })).toMatchObject({
    Status: 'FAILED', Reason: `PhysicalResourceId is ${shown(value)}, so the resource to update is unknown. Deploy again.`,
  });
  expectNoCall();
});

test.each(named(FORMS))('a Create claims no PhysicalResourceId that the event has: %s', async (_, value) => {
  expect(await handle('Create', { PhysicalResourceId: value })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
});

test.each(named([...FORMS, 'Patch', 'create']))('RequestType %s fails', async (_, value) => {
  expect(await handle('Delete', { RequestType: value })).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: OWNED,
    Reason: `RequestType is ${shown(value)}, which this function does not know. Deploy a newer version of cdk-elasticache-service-linked-role.`,
  });
  expectNoCall();
});

test.each(['StackId', 'RequestId', 'LogicalResourceId', 'OldResourceProperties', 'ResourceType'])('%s of any type is passed on or ignored', async (field) => {
  for (const value of OTHER_TYPES) {
    expect(await handle('Update', { [field]: value })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: OWNED });
  }
});

/** How a reason shows the value. */
function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'undefined';
  return json.length > 100 ? `${json.slice(0, 100)}...` : json;
}
