import fc from 'fast-check';
import { AccountModel } from './account-model';
import type { Deployment, Properties } from './cloudformation';
import { walk } from './explorer';
import { SECOND } from './iam/simulated-clock';
import { type Budgets, deployed, removed, type World } from './worlds';

// Random schedules, for a depth and a number of stacks that the explorer does not reach. `npm test` runs few, which are always the same.
// `npx projen test:schedules` runs many, with another seed each time. SCHEDULES and SEED repeat a run.
const IS_RANDOM = process.env.RANDOM_SCHEDULES === 'true';
const SCHEDULES = Number(process.env.SCHEDULES ?? (IS_RANDOM ? 100_000 : 100));
const SEED = Number(process.env.SEED ?? (IS_RANDOM ? Math.floor(Math.random() * 2 ** 31) : 1));
process.stdout.write(`${SCHEDULES} schedules, SEED=${SEED}\n`);
jest.setTimeout(60 * SECOND + SCHEDULES * 100);

const properties: fc.Arbitrary<Properties> = fc.record({
  Description: fc.constantFrom(undefined, '', 'ours', 'mine'),
  PropagationDelay: fc.constantFrom('0', '0', '10', '60', '600'),
  RemovalPolicy: fc.constantFrom('destroy', 'destroy', 'destroy', 'retain'),
});

const stack: fc.Arbitrary<Deployment[]> = fc.record({
  first: properties,
  withoutRollback: fc.boolean(),
  updates: fc.array(fc.tuple(properties, fc.record({ failsLater: fc.constantFrom(false, false, true) })), { maxLength: 2 }),
  isDeleted: fc.constantFrom(true, true, true, false),
}).map(({ first, withoutRollback, updates, isDeleted }) => [
  ...withoutRollback ? [deployed(first, { withoutRollback }), deployed(first)] : [deployed(first)],
  ...updates.map(([to, options]) => deployed(to, options)),
  ...isDeleted ? [removed] : [],
]);

/** Worlds with at most so many faults. */
const worldsWithin = (limits: Required<Budgets>) => fc.record({
  stacks: fc.array(stack, { minLength: 2, maxLength: 5 }),
  oldRole: fc.boolean(),
  inUse: fc.boolean(),
  budgets: fc.record(Object.fromEntries(Object.entries(limits).map(([fault, limit]) => [fault, fc.nat(limit)]))),
});

const LIMITS: Required<Budgets> = {
  olderState: 10,
  lostResponse: 3,
  noResponse: 5,
  error500: 10,
  error403: 10,
  refusal: 1,
  failedTask: 2,
  forgottenTask: 2,
  latency: 20,
  secondDelivery: 3,
  putFault: 50,
  abandonedEvent: 2,
  othersCreate: 1,
  othersDelete: 2,
  othersReplace: 2,
  othersRelease: 1,
  regularRole: 1,
};
const lambdaTimeouts = fc.constantFrom(900, 900, 900, 900, 900, 900, 120, 30).map((seconds) => seconds * SECOND);

const faultInterval = fc.constantFrom(1, 2, 8, 32);
const choices = fc.noBias(fc.infiniteStream(fc.nat()));

test.each<{ readonly name: string; readonly worlds: fc.Arbitrary<World>; readonly expected: readonly string[] }>([
  {
    name: 'every promise holds',
    worlds: fc.tuple(worldsWithin(LIMITS), lambdaTimeouts).map(([world, lambdaTimeout]) => ({ ...world, lambdaTimeout })),
    expected: [
      'deletions', 'functions out of time', 'truncated responses', 'retries', 'abandonedEvent',
      ...SCHEDULES >= 10_000 ? [...Object.keys(LIMITS), 'events without a response', 'unguarded deletions'] : [],
    ],
  },
  {
    name: 'no event fails if a retry helps',
    worlds: worldsWithin({
      ...LIMITS, refusal: 0, regularRole: 0, noResponse: 0, putFault: 0, abandonedEvent: 0, lostResponse: 1, latency: 1, error500: 2, error403: 2,
    }),
    expected: ['deletions', 'events that failed'],
  },
])('$name in every schedule', async ({ name, worlds, expected }) => {
  const reached: Record<string, number> = {};
  await fc.assert(fc.asyncProperty(worlds, faultInterval, choices, async (world, ...random) => {
    const account = new AccountModel(world);
    const violation = await walk(account, ...random);
    Object.entries(account.reached).forEach(([what, count]) => { reached[what] = (reached[what] ?? 0) + count; });
    expect(violation).toBeUndefined();
  }), { numRuns: SCHEDULES, seed: SEED });
  process.stdout.write(`${name}; reached: ${JSON.stringify(reached)}\n`);
  if (SCHEDULES >= 100) {
    expect(Object.keys(reached)).toEqual(expect.arrayContaining([...expected]));
  }
});
