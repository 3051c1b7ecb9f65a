import assert from 'assert/strict';
import fc from 'fast-check';
import { MAX_LAG } from './promises';
import { CALL_FAULTS, type CallPlan, type Invocation, PUT_OUTCOMES, type Schedule, ScheduledAccount, type StackPlan } from './scheduled-account';
import { create, createWithoutRollback, type Properties, remove, update, updateAndRollBack } from './stack';
import { type DeletionPlan } from '../iam/iam-model';
import { SECOND } from '../iam/simulated-clock';

// Random schedules, for a depth and a number of stacks that the explorer does not reach. `npx projen test:schedules` runs them; SEED repeats a run.
const SCHEDULES = Number(process.env.SCHEDULES ?? 100_000);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`${SCHEDULES} schedules, SEED=${SEED}\n`);
jest.setTimeout(60 * SECOND + SCHEDULES * 60);

const MAX_LATENCY = 9 * SECOND;

const properties = (deleteRole: fc.Arbitrary<'true' | 'false'>): fc.Arbitrary<Properties> => fc.record({
  Description: fc.constantFrom(undefined, '', 'ours', 'mine'),
  PropagationDelay: fc.constantFrom('0', '0', '10', '60', '600'),
  DeleteRole: deleteRole,
});
const anyProperties = properties(fc.constantFrom('true', 'true', 'true', 'false'));
const destroy = properties(fc.constant('true'));
/** Mostly at about the same time. */
const soon = fc.oneof(fc.nat(2 * SECOND), fc.nat(20 * SECOND), fc.nat(200 * SECOND));

const stack = (requested: fc.Arbitrary<Properties>, isDeleted: fc.Arbitrary<boolean>): fc.Arbitrary<StackPlan> => fc.record({
  start: soon,
  pause: soon,
  first: requested,
  withoutRollback: fc.boolean(),
  updates: fc.array(fc.record({ to: requested, isRolledBack: fc.constantFrom(false, false, true) }), { maxLength: 2 }),
  isDeleted,
}).map(({ start, pause, first, withoutRollback, updates, isDeleted: deleted }) => {
  let current = first;
  const commands = [withoutRollback ? createWithoutRollback(first) : create(first)];
  for (const { to, isRolledBack } of updates) {
    commands.push(isRolledBack ? updateAndRollBack(current, to, true) : update(current, to));
    current = isRolledBack ? current : to;
  }
  return { start, pause, commands: deleted ? [...commands, remove(current)] : commands };
});

const deletedDuringCreate: fc.Arbitrary<StackPlan> = fc.record({
  start: soon,
  pause: fc.constant(0),
  commands: anyProperties.map((requested) => [create(requested)]),
  deletedDuringCreate: fc.record({ after: soon, properties: anyProperties }),
});

const calls = (faults: readonly CallPlan['fault'][], maxLength: number) => fc.array(fc.record({
  latency: fc.oneof({ weight: 4, arbitrary: fc.nat(SECOND) }, { weight: 1, arbitrary: fc.nat(MAX_LATENCY) }),
  lag: fc.oneof(fc.constant(0), fc.nat(MAX_LAG)),
  fault: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...faults) }),
}), { minLength: 1, maxLength, size: 'max' });

const duration = fc.oneof(fc.nat(2 * SECOND), fc.nat(30 * SECOND));
const success: fc.Arbitrary<DeletionPlan> = fc.record({ duration, remembered: fc.constantFrom(0, 60 * SECOND) });
const failure: fc.Arbitrary<DeletionPlan> = fc.record({
  duration,
  failure: fc.tuple(fc.constantFrom('a', '"', 'ä', '😀'), fc.nat(300), fc.nat(60)).map(([character, length, count]) => ({
    Reason: 'in use',
    RoleUsageList: [{ Region: 'us-east-1', Resources: Array.from({ length: count }, () => character.repeat(length)) }],
  })),
});
const endless: fc.Arbitrary<DeletionPlan> = fc.constant({ duration: 2000 * SECOND });

const crowded: fc.Arbitrary<Schedule> = fc.record({
  inTurn: fc.constant(false),
  stacks: fc.array(fc.oneof(
    { weight: 7, arbitrary: stack(anyProperties, fc.constantFrom(true, true, true, false)) },
    { weight: 1, arbitrary: deletedDuringCreate },
  ), { minLength: 2, maxLength: 5 }),
  others: fc.array(fc.record({ at: soon, act: fc.constantFrom('create', 'delete', 'replace', 'create a regular role') }), { maxLength: 4 }),
  calls: calls(CALL_FAULTS, 40),
  deletions: fc.array(fc.oneof(
    { weight: 12, arbitrary: success }, { weight: 4, arbitrary: failure }, { weight: 1, arbitrary: endless },
  ), { minLength: 1, maxLength: 4 }),
  puts: fc.array(fc.constantFrom('accepted', ...PUT_OUTCOMES), { maxLength: 20, size: 'max' }),
  secondDeliveries: fc.array(fc.option(soon, { freq: 2, nil: undefined }), { maxLength: 12, size: 'max' }),
  lambdaTimeout: fc.constantFrom(900, 900, 900, 120, 30).map((seconds) => seconds * SECOND),
});

/** One stack after the other, and no more faults than the handler retries. */
const inTurn: fc.Arbitrary<Schedule> = fc.record({
  inTurn: fc.constant(true),
  stacks: fc.array(stack(destroy, fc.constant(true)), { minLength: 1, maxLength: 2 }),
  others: fc.constant([]),
  calls: calls(CALL_FAULTS.filter((fault) => fault !== 'refused'), 120),
  deletions: fc.tuple(fc.array(fc.oneof({ weight: 3, arbitrary: success }, { weight: 1, arbitrary: failure }), { maxLength: 3 }), success)
    .map(([first, last]) => [...first, last]),
  puts: fc.array(fc.constantFrom(...PUT_OUTCOMES), { maxLength: 5 }),
  secondDeliveries: fc.constant([]),
  lambdaTimeout: fc.constant(900 * SECOND),
});

/** One body per invocation, which CloudFormation accepts, in time; sent again only until it is accepted. */
function checkDelivery({ event: { request }, start, end, succeeded, puts }: Invocation, lambdaTimeout: number): void {
  const [{ body, start: firstPut }] = puts;
  assert.ok(puts.every((put) => put.body === body), 'an invocation sends one body');
  assert.ok(puts.slice(0, -1).every(({ status }) => status !== 200), 'an accepted response is not sent again');
  assert.ok(firstPut <= start + lambdaTimeout - 20 * SECOND, 'the response is sent 20 s before Lambda ends the function');
  assert.ok(end! <= start + lambdaTimeout - 5 * SECOND, 'the function ends 5 s before Lambda ends it');
  assert.equal(succeeded, puts.at(-1)!.status === 200, 'Lambda retries an event whose response was not accepted');
  assert.ok(Buffer.byteLength(body) <= 4096, 'a response has at most 4,096 bytes');
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId } = JSON.parse(body);
  assert.deepEqual([StackId, RequestId, LogicalResourceId], [request.StackId, request.RequestId, request.LogicalResourceId]);
  assert.match(PhysicalResourceId, /^.{1,1024}$/);
}

test('every promise holds in every schedule', async () => {
  const reached: Record<string, number> = {};
  await fc.assert(fc.asyncProperty(crowded, async (schedule) => {
    const account = await new ScheduledAccount(schedule).run();
    account.invocations.forEach((invocation) => checkDelivery(invocation, schedule.lambdaTimeout));
    Object.entries(account.reached).forEach(([name, count]) => { reached[name] = (reached[name] ?? 0) + count; });
  }), { numRuns: SCHEDULES, seed: SEED });
  process.stdout.write(`reached: ${JSON.stringify(reached)}\n`);
  assert.ok(SCHEDULES < 1_000 || Object.values(reached).every((count) => count > 0), 'the schedules reach what the promises are about');
});

test('stacks that are deployed in turn leave no role behind, unless an event failed that had created it', async () => {
  let leftBehind = 0;
  await fc.assert(fc.asyncProperty(inTurn, async (schedule) => {
    const { iam, lastStatus, reached: { failedCreators } } = await new ScheduledAccount(schedule).run();
    assert.equal(lastStatus, 'SUCCESS');
    assert.ok(!iam.role || failedCreators > 0);
    leftBehind += iam.role ? 1 : 0;
  }), { numRuns: SCHEDULES, seed: SEED });
  process.stdout.write(`left behind by an event that failed: ${leftBehind}\n`);
});
