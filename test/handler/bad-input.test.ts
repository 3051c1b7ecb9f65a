import { ROLE_NAME } from '../../src/private/role-identity';
import { type HandlerResponse, Simulation, someEvent } from '../model/simulation';

// CloudFormation sends strings, and the library checks them. An edited template, an unbounded parameter, or an event sent by hand can have
// anything else: the response has one readable reason, or retains the role.

const OWNED = `${ROLE_NAME}/AROA1`;
const NO_STRINGS = [undefined, null, 60, true, ['destroy'], { text: 'destroy' }];

let simulation: Simulation;
beforeEach(() => {
  simulation = new Simulation();
  simulation.existingRole();
});

type Values = Readonly<Record<string, unknown>>;

/** By default, a Delete is to delete the role. */
function handle(type: 'Create' | 'Update' | 'Delete', { properties = {}, ...fields }: { readonly properties?: Values } & Values): Promise<HandlerResponse> {
  return simulation.handle(Object.assign(someEvent(type, { id: OWNED, RemovalPolicy: 'destroy', ...properties }), fields));
}

/** Without a call of IAM. */
async function expectResponse(response: Partial<HandlerResponse>, ...event: Parameters<typeof handle>): Promise<void> {
  expect(await handle(...event)).toMatchObject(response);
  expect(simulation.iam.actions).toEqual([]);
}

const expectFailure = (Reason: string, ...event: Parameters<typeof handle>) => expectResponse({ Status: 'FAILED', Reason }, ...event);

describe.each(['Create', 'Update'] as const)('%s fails before it calls IAM, with the value', (type) => {
  test.each([...NO_STRINGS, '', ' ', 'abc', 'NaN', 'Infinity', '-0.001', '600.5', '1e999'])('PropagationDelay %j', (value) => expectFailure(
    `PropagationDelay is ${JSON.stringify(value)}. Set it to a number of seconds from 0 to 600, then deploy again.`,
    type, { properties: { PropagationDelay: value } },
  ));

  test.each(NO_STRINGS.slice(1))('Description %j', (value) => expectFailure(
    `Description is ${JSON.stringify(value)}. Set it to a string, then deploy again.`,
    type, { properties: { Description: value } },
  ));

  test('a Description that is too long', () => expectFailure(
    'Description has 1001 characters, IAM accepts at most 1000. Shorten it, then deploy again.',
    type, { properties: { Description: 'x'.repeat(1_001) } },
  ));

  test.each(NO_STRINGS)('ResourceProperties %j', (value) => expectFailure(
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

  test.each(NO_STRINGS)('RemovalPolicy %j', (value) => expectResponse(retained, 'Delete', { properties: { RemovalPolicy: value } }));

  test.each(NO_STRINGS)('ResourceProperties %j', (value) => expectResponse(retained, 'Delete', { ResourceProperties: value }));

  test.each([...NO_STRINGS, ''])('PhysicalResourceId %j', (value) => expectResponse(
    { Status: 'SUCCESS', PhysicalResourceId: 'not-created' }, 'Delete', { PhysicalResourceId: value },
  ));
});

// CloudFormation deletes the resource with the previous ID if the response has another one.
test.each([...NO_STRINGS, ''])('an Update without a PhysicalResourceId fails: %j', (value) => expectFailure(
  `PhysicalResourceId is ${JSON.stringify(value)}, so the resource to update is unknown. Deploy again.`,
  'Update', { PhysicalResourceId: value },
));

test.each([
  ...NO_STRINGS.map((value) => [value, `${JSON.stringify(value)}`]), ['create', '"create"'],
  ['x'.repeat(98), `"${'x'.repeat(98)}"`], ['x'.repeat(99), `"${'x'.repeat(99)}...`], // as much of a long value as is readable
])('RequestType %j fails', (value, shown) => expectResponse({
  Status: 'FAILED',
  PhysicalResourceId: OWNED,
  Reason: `RequestType is ${shown}, which this function does not know. Deploy a newer version of cdk-elasticache-service-linked-role.`,
}, 'Delete', { RequestType: value }));

test('a Create claims no PhysicalResourceId that the event has', async () => {
  expect(await handle('Create', { PhysicalResourceId: OWNED })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: ROLE_NAME });
});

test.each(NO_STRINGS)('Create and Update accept anything that they do not read: %j', async (value) => {
  const fields = { StackId: value, RequestId: value, LogicalResourceId: value, ResourceType: value, OldResourceProperties: value };
  for (const type of ['Create', 'Update'] as const) {
    expect(await handle(type, { ...fields, properties: { RemovalPolicy: value, Trigger: value } })).toMatchObject({ Status: 'SUCCESS' });
  }
});

test('Delete accepts anything that it does not read', async () => {
  expect(await handle('Delete', { properties: { PropagationDelay: [], Description: {}, Trigger: 5 } })).toMatchObject({ Status: 'SUCCESS' });
  expect(simulation.iam.role).toBeUndefined();
});
