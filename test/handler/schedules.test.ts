import assert from 'assert/strict';
import fc from 'fast-check';
import { type Answer, SECOND } from './simulation';
import { Account, type DeletionPlan, FAULTS, type Invocation, type Properties, PUT_FATES, type RoleRecord, type Schedule, type StackPlan } from './world';
import { ROLE_NAME, ROLE_PATH } from '../../src/contract';

// SCHEDULES=1000000 npx jest test/handler/schedules; SEED=… repeats a run.
const SCHEDULES = Number(process.env.SCHEDULES ?? 10_000);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`${SCHEDULES} schedules, SEED=${SEED}\n`);
jest.setTimeout(60 * SECOND + SCHEDULES * 60);

/** How far reads lag behind at most. IAM promises no bound; the handler looks that long for a role that its stack made. */
const MAX_LAG = 10 * SECOND;
const MAX_LATENCY = 9 * SECOND;

const properties: fc.Arbitrary<Properties> = fc.record({
  Description: fc.constantFrom(undefined, '', 'ours', 'mine'),
  PropagationDelay: fc.constantFrom('0', '0', '10', '60', '600'),
  DeleteRole: fc.constantFrom('true', 'true', 'true', 'false'),
});
const destroyed: fc.Arbitrary<Properties> = fc.record({
  Description: fc.constantFrom(undefined, 'ours', 'mine'),
  PropagationDelay: fc.constantFrom('0', '0', '10', '60'),
  DeleteRole: fc.constant('true'),
});
/** Mostly at about the same time, since that is where the trouble is. */
const soon = fc.oneof(fc.nat(2 * SECOND), fc.nat(20 * SECOND), fc.nat(200 * SECOND));

const stack = (asked: fc.Arbitrary<Properties>): fc.Arbitrary<StackPlan> => fc.record({
  start: soon,
  properties: asked,
  rolledBack: fc.constantFrom(false, false, false, true),
  deletedDuringCreate: fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: soon }),
  updates: fc.array(fc.record({
    after: soon,
    properties: asked,
    rolledBack: fc.constantFrom(undefined, undefined, 'with the old id', 'with the new id'),
  }), { maxLength: 2 }),
  deleted: fc.oneof({ weight: 3, arbitrary: soon }, { weight: 1, arbitrary: fc.constant(undefined) }),
});

const weather = (maxLength: number) => fc.array(fc.record({
  latency: fc.oneof({ weight: 4, arbitrary: fc.nat(SECOND) }, { weight: 1, arbitrary: fc.nat(MAX_LATENCY) }),
  lag: fc.oneof(fc.constant(0), fc.nat(MAX_LAG)),
  fault: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...FAULTS) }),
}), { maxLength, size: 'max' });

/** Each two seconds of it are a call to IAM. */
const duration = fc.oneof(fc.nat(2 * SECOND), fc.nat(30 * SECOND));
const success: fc.Arbitrary<DeletionPlan> = fc.record({
  duration,
  remembered: fc.constantFrom(0, 60 * SECOND),
});
const failure: fc.Arbitrary<DeletionPlan> = fc.record({
  duration,
  usedBy: fc.tuple(fc.constantFrom('a', '"', 'ä', '😀'), fc.nat(300), fc.nat(60)).map(
    ([character, length, count]) => Array.from({ length: count }, () => character.repeat(length)),
  ),
  remembered: fc.constant(0),
});
const endless: fc.Arbitrary<DeletionPlan> = fc.constant({ duration: 2000 * SECOND, remembered: 0 });
const outcome = (endlessWeight: number) => fc.oneof(
  { weight: 12, arbitrary: success },
  { weight: 4, arbitrary: failure },
  { weight: endlessWeight, arbitrary: endless },
);

const crowded: fc.Arbitrary<Schedule> = fc.record({
  alone: fc.constant(false),
  stacks: fc.array(stack(properties), { minLength: 2, maxLength: 5 }),
  others: fc.array(fc.record({ at: soon, act: fc.constantFrom('create', 'delete', 'squat') }), { maxLength: 4 }),
  weather: weather(40),
  deletions: fc.array(outcome(1), { minLength: 1, maxLength: 4 }),
  puts: fc.array(fc.constantFrom('taken', ...PUT_FATES), { maxLength: 20, size: 'max' }),
  secondDeliveries: fc.array(fc.option(soon, { freq: 2, nil: undefined }), { maxLength: 12, size: 'max' }),
  lambdaTimeout: fc.constantFrom(900, 900, 900, 120, 30).map((seconds) => seconds * SECOND),
});

/** One stack after the other, each created, updated and deleted, and no more trouble than the handler has patience for. */
const alone: fc.Arbitrary<Schedule> = fc.record({
  alone: fc.constant(true),
  stacks: fc.array(
    fc.tuple(stack(destroyed), soon).map(([plan, deleted]) => ({ ...plan, deletedDuringCreate: undefined, deleted })),
    { minLength: 1, maxLength: 2 },
  ),
  others: fc.constant([]),
  weather: weather(120),
  deletions: fc.tuple(fc.array(outcome(0), { maxLength: 3 }), success).map(([first, last]) => [...first, last]),
  puts: fc.array(fc.constantFrom(...PUT_FATES), { maxLength: 5 }),
  secondDeliveries: fc.constant([]),
  lambdaTimeout: fc.constant(900 * SECOND),
});

const answerOf = ({ puts }: Invocation): Answer => JSON.parse(puts[0].body);
const ownId = ({ RoleId }: RoleRecord) => `${ROLE_NAME}/${RoleId}`;
/** The successful Creates and Updates, each with the role that its answer names. */
const ensured = ({ invocations, iam }: Account) => invocations
  .map((invocation) => ({ ...invocation, answer: answerOf(invocation) }))
  .filter(({ event, answer }) => event.RequestType !== 'Delete' && answer.Status === 'SUCCESS')
  .map(({ answer, ...invocation }) => ({ ...invocation, role: iam.roles.find(({ RoleId }) => RoleId === answer.Data?.RoleId)! }));

/** What holds whoever does what; docs/guarantees.md says what each line promises and what not. */
const INVARIANTS: Record<string, (account: Account) => void> = {
  'a stack deletes no role but one that it created, and only where deletion was asked for': ({ iam }) => {
    for (const { role, by: { event } } of iam.deletions) {
      assert.equal(role.stackId, event.StackId);
      assert.equal(event.RequestType === 'Delete' && event.PhysicalResourceId, ownId(role));
      assert.equal(event.ResourceProperties.DeleteRole, 'true');
    }
  },

  'after SUCCESS the role existed, was ElastiCache\'s and was old enough': (account) => {
    for (const { event, puts, look, lastAnswer, role } of ensured(account)) {
      assert.equal(look?.role.RoleId, role.RoleId);
      assert.ok(role.from <= look.at && look.at - MAX_LAG <= role.until, 'it existed when the handler looked');
      assert.equal(lastAnswer?.at, puts[0].start, 'nothing was waited for since');
      assert.equal(role.Path, ROLE_PATH);
      assert.ok(role.from + Number(event.ResourceProperties.PropagationDelay) * SECOND <= puts[0].start, 'it was old enough');
    }
  },

  'an event gets exactly one answer, before the deadline, within 4,096 bytes': ({ invocations, lambdaTimeout }) => {
    for (const { event, start, puts } of invocations) {
      assert.equal(new Set(puts.map(({ body }) => body)).size, 1);
      assert.ok(puts.every(({ status }, index) => status !== 200 || index === puts.length - 1), 'once it is taken it is not sent again');
      assert.ok(puts[0].start <= start + lambdaTimeout - 20 * SECOND);
      assert.ok(puts.at(-1)!.start + 5 * SECOND <= start + lambdaTimeout - 5 * SECOND);
      assert.ok(Buffer.byteLength(puts[0].body) <= 4096, 'CloudFormation takes no more');
      const { StackId, RequestId, LogicalResourceId, Status, PhysicalResourceId } = JSON.parse(puts[0].body);
      assert.deepEqual([StackId, RequestId, LogicalResourceId], [event.StackId, event.RequestId, event.LogicalResourceId]);
      assert.match(Status, /^(SUCCESS|FAILED)$/);
      assert.match(PhysicalResourceId, /^.{1,1024}$/);
    }
  },

  'every event ends': ({ invocations, outcomes, events, lambdaTimeout }) => {
    assert.equal(outcomes.length, events);
    for (const { start, end, puts, succeeded } of invocations) {
      assert.ok(end! <= start + lambdaTimeout - 5 * SECOND);
      assert.equal(succeeded, puts.at(-1)!.status === 200, 'an event without an answer is delivered again');
    }
  },

  'a second delivery does no harm': (account) => {
    const first = new Map<string, { role: RoleRecord; end?: number }>();
    for (const { event, role, end } of ensured(account)) {
      const before = first.get(event.RequestId) ?? { role, end };
      first.set(event.RequestId, before);
      const gone = Math.min(before.role.until, role.until) <= Math.max(before.end!, end!);
      assert.ok(before.role === role || gone, 'both name the same role, as long as it is there');
    }
    for (const invocation of account.invocations) {
      const claimed = account.iam.roles.find((role) => ownId(role) === answerOf(invocation).PhysicalResourceId);
      assert.ok(!claimed || claimed.stackId === invocation.event.StackId, 'neither claims a role that the stack did not create');
    }
  },
};

test('what holds in every account, whoever does what', async () => {
  const reached = { deletions: 0, adoptions: 0, secondDeliveries: 0, cutAnswers: 0, spared: 0 };
  await fc.assert(fc.asyncProperty(crowded, async (schedule) => {
    const account = await new Account(schedule).run();
    for (const [invariant, check] of Object.entries(INVARIANTS)) {
      try {
        check(account);
      } catch (error) {
        throw new Error(`${invariant}: ${(error as Error).message}`, { cause: error });
      }
    }
    const bodies = account.invocations.map(({ puts }) => puts[0].body);
    reached.deletions += account.iam.deletions.length;
    reached.adoptions += bodies.filter((body) => body.includes(`"PhysicalResourceId":"${ROLE_NAME}"`)).length;
    reached.secondDeliveries += account.invocations.length - account.events;
    reached.cutAnswers += bodies.filter((body) => body.includes(' more"')).length;
    reached.spared += account.iam.spared;
  }), { numRuns: SCHEDULES, seed: SEED });

  process.stdout.write(`reached: ${JSON.stringify(reached)}\n`);
  if (SCHEDULES >= 10_000) {
    assert.ok(Object.values(reached).every((times) => times > 0), 'an invariant that nothing puts to the test holds of itself');
  }
});

test('with no other actor, create then delete leaves nothing', async () => {
  await fc.assert(fc.asyncProperty(alone, async (schedule) => {
    const { iam, outcomes } = await new Account(schedule).run();
    assert.equal(outcomes.at(-1)?.answer?.Status, 'SUCCESS', 'the last Delete succeeds');
    assert.equal(iam.role, undefined, 'no role is left');
    assert.ok(outcomes.every(({ answer }) => !answer?.Reason?.startsWith('out of time')), 'nothing is waited for that is over');
  }), { numRuns: SCHEDULES, seed: SEED });
});
