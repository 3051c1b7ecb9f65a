import { type Command, create, createWithoutRollback, type Properties, remove, update, updateAndRollBack } from './cloudformation';

/** How often each of these happens, at most. */
export interface Budgets {
  /** A read shows an older state, or a write does not find a role that is new. */
  readonly olderState?: number;
  /** A write is carried out, and its response is lost. */
  readonly lostResponse?: number;
  /** A call hangs, whether it is carried out or not. */
  readonly noResponse?: number;
  readonly error500?: number;
  readonly error403?: number;
  /** An error that no retry mends. */
  readonly refusal?: number;
  /** IAM does not delete the role, because resources used it when it checked. */
  readonly failedTask?: number;
  /** IAM no longer knows a deletion task that succeeded. */
  readonly forgottenTask?: number;
  /** Time passes while a call is in progress. */
  readonly latency?: number;
  readonly secondDelivery?: number;
  /** A response is not accepted, or the handler does not learn that it was. */
  readonly putFault?: number;
  /** CloudFormation does not wait for a response any longer, or the user deletes the stack during its Create. */
  readonly abandonedEvent?: number;
  readonly othersCreate?: number;
  readonly othersDelete?: number;
  readonly othersReplace?: number;
  /** A regular role takes the name, also in place of the role. */
  readonly regularRole?: number;
  /** Others delete the resources that use the role. */
  readonly othersRelease?: number;
}
export type Fault = keyof Budgets;

export interface World {
  readonly stacks: readonly (readonly Command[])[];
  readonly budgets?: Budgets;
  /** Whether the account has had the role for a day. */
  readonly oldRole?: boolean;
  /** Whether resources use the role. */
  readonly inUse?: boolean;
  /** Whether calls, responses, and functions time out. */
  readonly timesOut?: boolean;
  /** For how many milliseconds Lambda lets a function run. By default, it does not end one. */
  readonly lambdaTimeout?: number;
  /** Whether events may fail, even without a fault after which no retry succeeds. */
  readonly mayFail?: boolean;
}

const DESTROY: Properties = { PropagationDelay: '0', RemovalPolicy: 'destroy' };
const RETAIN: Properties = { PropagationDelay: '0', RemovalPolicy: 'retain' };
const DESCRIBED: Properties = { ...DESTROY, Description: 'requested' };
const DELAYED: Properties = { ...DESTROY, PropagationDelay: '10' };
const DELAYED_DESCRIBED: Properties = { ...DELAYED, Description: 'requested' };

const createAndDelete = (properties: Properties) => [create(properties), remove(properties)];

/** Those that `npm test` explores. */
export const WORLDS = {
  'one stack, and IAM fails': {
    stacks: [createAndDelete(DESTROY)],
    budgets: { lostResponse: 1, error500: 1, error403: 1 },
  },
  'one stack, and IAM lags behind': {
    stacks: [createAndDelete(DESTROY)],
    budgets: { olderState: 2, lostResponse: 1 },
  },
  'one stack, and others change the role': {
    stacks: [createAndDelete(DESCRIBED)],
    budgets: { othersCreate: 1, othersDelete: 1, othersReplace: 1 },
  },
  'one stack that waits, and others change the role': {
    stacks: [createAndDelete(DELAYED)],
    budgets: { othersCreate: 1, othersDelete: 1, othersReplace: 1, latency: 1 },
  },
  'an old role, and others replace it': {
    oldRole: true,
    stacks: [createAndDelete(DESCRIBED)],
    budgets: { olderState: 1, lostResponse: 1, othersDelete: 1, othersReplace: 1 },
  },
  'a regular role takes the name': {
    oldRole: true,
    stacks: [createAndDelete(DESCRIBED)],
    budgets: { regularRole: 1, othersDelete: 1, olderState: 1 },
  },
  'a role in use': {
    stacks: [createAndDelete(DESTROY)],
    inUse: true,
    budgets: { othersRelease: 1 },
  },
  'a deletion that fails, and is tried again': {
    stacks: [createAndDelete(DESTROY)],
    budgets: { refusal: 1, failedTask: 1, lostResponse: 1, othersReplace: 1 },
  },
  'a second delivery': {
    stacks: [createAndDelete(DESTROY)],
    budgets: { secondDelivery: 1 },
  },
  'an update, a second delivery': {
    stacks: [[create(DESTROY), update(DESTROY, DESCRIBED), remove(DESCRIBED)]],
    budgets: { secondDelivery: 1 },
  },
  'an update, and others replace the role': {
    stacks: [[create(DESTROY), update(DESTROY, DESCRIBED), remove(DESCRIBED)]],
    budgets: { olderState: 1, lostResponse: 1, othersReplace: 1 },
  },
  'an update, and others delete the role': {
    stacks: [[create(DELAYED), update(DELAYED, DESCRIBED), remove(DESCRIBED)]],
    budgets: { olderState: 1, othersDelete: 1 },
  },
  'an update that fails or is rolled back': {
    stacks: [[create(DELAYED), updateAndRollBack(DELAYED, DELAYED_DESCRIBED, true), remove(DELAYED)]],
    budgets: { refusal: 1, othersDelete: 1 },
  },
  'an update that is rolled back with the old ID': {
    stacks: [[create(DESTROY), updateAndRollBack(DESTROY, DESCRIBED, false), remove(DESTROY)]],
    budgets: { refusal: 1, othersReplace: 1, olderState: 1 },
  },
  '--no-rollback': {
    stacks: [[createWithoutRollback(DELAYED), remove(DELAYED)]],
    budgets: { refusal: 1, lostResponse: 1, olderState: 1 },
  },
  'a stack refactoring': {
    stacks: [[create(DESTROY), { ...update(DESTROY, DESCRIBED), isMoved: true }, { ...remove(DESCRIBED), isMoved: true }]],
    budgets: { lostResponse: 1, othersReplace: 1 },
  },
  'two stacks': {
    stacks: [createAndDelete(DESTROY), createAndDelete(DESCRIBED)],
  },
  'a stack that retains the role, and one that deletes it': {
    stacks: [createAndDelete(DESTROY), createAndDelete({ ...RETAIN, Description: 'requested' })],
  },
  'a stack that retains the role, and others replace it': {
    stacks: [[create({ ...RETAIN, Description: 'requested' })], createAndDelete(DESTROY)],
    budgets: { othersReplace: 1, othersDelete: 1 },
  },
  'two stacks, and others replace the role': {
    stacks: [createAndDelete(DESTROY), createAndDelete(DESCRIBED)],
    budgets: { othersReplace: 1 },
  },
  'two stacks, and calls take time': {
    stacks: [createAndDelete(DELAYED), createAndDelete(DELAYED_DESCRIBED)],
    budgets: { latency: 2 },
  },
  'two stacks, one of which is updated': {
    stacks: [[create(DESTROY), update(DESTROY, DESCRIBED), remove(DESCRIBED)], createAndDelete(DESTROY)],
    budgets: { othersReplace: 1 },
  },
  'three stacks': {
    stacks: [createAndDelete(DESTROY), createAndDelete(DESTROY), createAndDelete(RETAIN)],
  },
} satisfies Record<string, World>;

/** Those that the nightly workflow explores, too. */
export const LARGE_WORLDS: Record<string, World> = {
  'one stack, others change the role, and reads lag behind': {
    stacks: [createAndDelete(DESCRIBED)],
    budgets: { olderState: 1, othersCreate: 1, othersDelete: 1, othersReplace: 1 },
  },
  'two stacks, and responses are lost': {
    stacks: [createAndDelete(DESTROY), createAndDelete(DESCRIBED)],
    budgets: { lostResponse: 1 },
  },
  'two stacks, and a second delivery': {
    stacks: [createAndDelete(DESTROY), createAndDelete(DESCRIBED)],
    budgets: { secondDelivery: 1 },
  },
  'two stacks, a replaced role, and reads lag behind': {
    stacks: [createAndDelete(DESTROY), createAndDelete(DESCRIBED)],
    budgets: { olderState: 1, othersReplace: 1 },
  },
  'two stacks, a deleted role, a second delivery': {
    stacks: [createAndDelete(DESTROY), [create(DESCRIBED)]],
    budgets: { secondDelivery: 1, othersDelete: 1 },
  },
  'two stacks that wait, and reads lag behind': {
    stacks: [createAndDelete(DELAYED), createAndDelete(DELAYED_DESCRIBED)],
    budgets: { olderState: 1 },
  },
  'two stacks, both updated': {
    stacks: [DESCRIBED, DESTROY].map((from) => [create(from), update(from, DESCRIBED), remove(DESCRIBED)]),
    budgets: { othersReplace: 1 },
  },
  'two stacks, one with --no-rollback': {
    stacks: [[createWithoutRollback(DELAYED), remove(DELAYED)], createAndDelete(DELAYED_DESCRIBED)],
    budgets: { refusal: 1 },
  },
  'three stacks, and others replace the role': {
    stacks: [createAndDelete(DESTROY), createAndDelete(DESCRIBED), [create(RETAIN)]],
    budgets: { othersReplace: 1 },
  },
};
