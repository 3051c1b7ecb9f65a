import fc from 'fast-check';
import { AccountModel } from './account';
import { walk } from './exploration';
import { loadHandler } from './handler-process';
import { type Command, create, createWithoutRollback, type Properties, remove, update, updateAndRollBack } from './stack';
import type { World } from './worlds';
import { SECOND } from '../iam/simulated-clock';

// Random schedules, for a depth and a number of stacks that the explorer does not reach. `npx projen test:schedules` runs them; SEED repeats a run.
const SCHEDULES = Number(process.env.SCHEDULES ?? 100_000);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`${SCHEDULES} schedules, SEED=${SEED}\n`);
jest.setTimeout(60 * SECOND + SCHEDULES * 100);

const properties: fc.Arbitrary<Properties> = fc.record({
  Description: fc.constantFrom(undefined, '', 'ours', 'mine'),
  PropagationDelay: fc.constantFrom('0', '0', '10', '60', '600'),
  DeleteRole: fc.constantFrom('true', 'true', 'true', 'false'),
});

const stack: fc.Arbitrary<Command[]> = fc.record({
  first: properties,
  withoutRollback: fc.boolean(),
  updates: fc.array(fc.record({ to: properties, isRolledBack: fc.constantFrom(false, false, true) }), { maxLength: 2 }),
  isDeleted: fc.constantFrom(true, true, true, false),
}).map(({ first, withoutRollback, updates, isDeleted }) => {
  let current = first;
  const commands = [withoutRollback ? createWithoutRollback(first) : create(first)];
  for (const { to, isRolledBack } of updates) {
    commands.push(isRolledBack ? updateAndRollBack(current, to, true) : update(current, to));
    current = isRolledBack ? current : to;
  }
  return isDeleted ? [...commands, remove(current)] : commands;
});

const world: fc.Arbitrary<World> = fc.record({
  stacks: fc.array(stack, { minLength: 2, maxLength: 5 }),
  oldRole: fc.boolean(),
  inUse: fc.boolean(),
  lambdaTimeout: fc.constantFrom(900, 900, 900, 900, 900, 900, 120, 30).map((seconds) => seconds * SECOND),
  taskFailure: fc.constant({
    Reason: 'in use',
    RoleUsageList: [{ Region: 'us-east-1', Resources: Array.from({ length: 60 }, () => 'größe'.repeat(30)) }],
  }),
  budgets: fc.record({
    olderState: fc.nat(10),
    lostResponse: fc.nat(3),
    noResponse: fc.nat(5),
    error500: fc.nat(10),
    error403: fc.nat(10),
    refusal: fc.nat(1),
    failedTask: fc.nat(2),
    latency: fc.nat(20),
    secondDelivery: fc.nat(3),
    putFault: fc.nat(50),
    earlyDeletion: fc.nat(1),
    othersCreate: fc.nat(1),
    othersDelete: fc.nat(2),
    othersReplace: fc.nat(2),
    othersRelease: fc.constant(1),
    regularRole: fc.constantFrom(0, 0, 0, 1),
  }),
});

const faultInterval = fc.constantFrom(1, 2, 8, 32);
const choices = fc.noBias(fc.infiniteStream(fc.nat()));

test('every promise holds in every schedule', async () => {
  const handler = loadHandler();
  const reached: Record<string, number> = {};
  await fc.assert(fc.asyncProperty(world, faultInterval, choices, async (planned, ...random) => {
    const account = new AccountModel(handler, planned);
    const violation = await walk(account, ...random);
    Object.entries(account.reached).forEach(([name, count]) => { reached[name] = (reached[name] ?? 0) + count; });
    expect(violation && [violation.promise, ...violation.trace].join('\n')).toBeUndefined();
  }), { numRuns: SCHEDULES, seed: SEED });
  process.stdout.write(`reached: ${JSON.stringify(reached)}\n`);
  if (SCHEDULES >= 10_000) {
    const expected = [
      'deletions', 'unguarded deletions', 'events that failed', 'functions out of time', 'truncated responses', 'retries', 'events without a response',
    ];
    expect(Object.keys(reached)).toEqual(expect.arrayContaining(expected));
  }
});
