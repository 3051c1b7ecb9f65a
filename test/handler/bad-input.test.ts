import { ROLE_NAME } from '../../src/private/role-identity';
import { type HandlerResponse, OWNED, Simulation, someEvent } from '../model/simulation';

// CloudFormation sends strings, and the library checks them. An edited template, an unbounded parameter, or an event sent by hand can have
// anything else: the response has one readable reason, or retains the role.

/** Anything but a string. */
const OTHER_TYPES = [undefined, null, 60, true, ['destroy'], { text: 'destroy' }];

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
  simulation.existingRole();
});

type Values = Readonly<Record<string, unknown>>;
type EventType = 'Create' | 'Update' | 'Delete';

/** By default, a Delete is to delete the role. */
function handle(type: EventType, { properties = {}, ...fields }: { readonly properties?: Values } & Values): Promise<HandlerResponse> {
  return simulation.handle(Object.assign(someEvent(type, { id: OWNED, RemovalPolicy: 'destroy', ...properties }), fields));
}

/** The handler responds once, and calls no action of IAM. */
async function expectResponseWithoutCall(response: Partial<HandlerResponse>, ...event: Parameters<typeof handle>): Promise<void> {
  expect(await handle(...event)).toMatchObject(response);
  expect(simulation.puts).toHaveLength(1);
  expect(simulation.iam.actions).toEqual([]);
}

const expectFailure = (Reason: string, ...event: Parameters<typeof handle>) =>
  expectResponseWithoutCall({ Status: 'FAILED', Reason }, ...event);

describe.each(['Create', 'Update'] as const)('%s fails before it calls IAM, with the value', (type) => {
  test.each([...OTHER_TYPES, '', ' ', 'abc', 'NaN', 'Infinity', '-0.001', '600.5', '1e999'])('PropagationDelay %j', (value) => expectFailure(
    `PropagationDelay is ${JSON.stringify(value)}. Set it to a number of seconds from 0 to 600, then deploy again.`,
    type, { properties: { PropagationDelay: value } },
  ));

  test.each(OTHER_TYPES.slice(1))('Description %j', (value) => expectFailure(
    `Description is ${JSON.stringify(value)}. Set it to a string, then deploy again.`,
    type, { properties: { Description: value } },
  ));

  test('a Description that is too long', () => expectFailure(
    'Description has 1001 characters, IAM accepts at most 1000. Shorten it, then deploy again.',
    type, { properties: { Description: 'x'.repeat(1_001) } },
  ));

  test.each(OTHER_TYPES)('ResourceProperties %j', (value) => expectFailure(
    'PropagationDelay is undefined. Set it to a number of seconds from 0 to 600, then deploy again.',
    type, { ResourceProperties: value },
  ));
});

test('a description that is just short enough is accepted', async () => {
  const Description = 'x'.repeat(1_000);
  expect(await handle('Create', { properties: { Description } })).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.role).toMatchObject({ Description });
});

describe('Delete retains the role, and calls nothing', () => {
  const retained: Partial<HandlerResponse> = { Status: 'SUCCESS', PhysicalResourceId: OWNED };

  test.each(OTHER_TYPES)('RemovalPolicy %j', async (value) => {
    await expectResponseWithoutCall(retained, 'Delete', { properties: { RemovalPolicy: value } });
    expect(simulation.log[1]).toBe(`retaining the role: its removal policy is ${JSON.stringify(value)}`);
  });

  test.each(OTHER_TYPES)('ResourceProperties %j', (value) => expectResponseWithoutCall(retained, 'Delete', { ResourceProperties: value }));

  test.each([...OTHER_TYPES, ''])('PhysicalResourceId %j', async (value) => {
    await expectResponseWithoutCall({ ...retained, PhysicalResourceId: 'not-created' }, 'Delete', { PhysicalResourceId: value });
    expect(simulation.log[1]).toBe('retaining the role: this stack did not create it');
  });
});

// CloudFormation deletes the resource with the previous ID if the response has another one.
test.each([...OTHER_TYPES, ''])('an Update without a PhysicalResourceId fails: %j', (value) => expectFailure(
  `PhysicalResourceId is ${JSON.stringify(value)}, so the resource to update is unknown. Deploy again.`,
  'Update', { PhysicalResourceId: value },
));

test.each([
  ...OTHER_TYPES.map((value) => [value, `${JSON.stringify(value)}`]), ['create', '"create"'],
  ['x'.repeat(98), `"${'x'.repeat(98)}"`], ['x'.repeat(99), `"${'x'.repeat(99)}...`], // as much of a long value as is readable
])('RequestType %j fails', (value, shown) => expectResponseWithoutCall({
  Status: 'FAILED',
  PhysicalResourceId: OWNED,
  Reason: `RequestType is ${shown}, which this function does not know. Deploy a newer version of cdk-elasticache-service-linked-role.`,
}, 'Delete', { RequestType: value }));

test('a Create claims no PhysicalResourceId that the event has', async () => {
  expect(await handle('Create', { PhysicalResourceId: OWNED })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
});

test.each(OTHER_TYPES)('Create and Update accept anything that they do not read: %j', async (value) => {
  const fields = { StackId: value, RequestId: value, LogicalResourceId: value, ResourceType: value, OldResourceProperties: value };
  for (const type of ['Create', 'Update'] as const) {
    expect(await handle(type, { ...fields, properties: { RemovalPolicy: value, Trigger: value } })).toMatchObject({ Status: 'SUCCESS' });
  }
});

test('Delete accepts anything that it does not read', async () => {
  expect(await handle('Delete', { properties: { PropagationDelay: [], Description: {}, Trigger: 5 } })).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.role).toBeUndefined();
});
