import type { Deployment, Properties } from './cloudformation';

/** What goes wrong, and what others do to the role. */
export type Fault =
  | 'olderState' // a read shows an older state, or a write does not find a role that is new
  | 'lostResponse' // a write is carried out, and its response is lost
  | 'noResponse' // a call hangs, whether it is carried out or not
  | 'error500'
  | 'error403'
  | 'refusal' // an error that no retry mends
  | 'failedTask' // IAM does not delete the role, because resources used it when it checked
  | 'forgottenTask' // IAM no longer knows a deletion task that succeeded
  | 'latency' // time passes while a call is in progress
  | 'secondDelivery'
  | 'putFault' // a response is not accepted, or the handler does not learn that it was
  | 'abandonedEvent' // CloudFormation does not wait for a response any longer, or the user deletes the stack during its Create
  | 'othersCreate'
  | 'othersDelete'
  | 'othersReplace'
  | 'regularRole' // a regular role takes the name, also in place of the role
  | 'othersRelease'; // others delete the resources that use the role

/** How often each fault occurs, at most. */
export type Budgets = { readonly [F in Fault]?: number };

export interface World {
  /** What the users of each stack do, in order. */
  readonly stacks: readonly (readonly Deployment[])[];
  readonly budgets: Budgets;
  /** Whether the account has had the role for a day. */
  readonly oldRole?: boolean;
  /** Whether resources use the role. */
  readonly inUse?: boolean;
  /** For how many milliseconds Lambda lets a function run. By default, for any time. */
  readonly lambdaTimeout?: number;
}

const DESTROY: Properties = { PropagationDelay: '0', RemovalPolicy: 'destroy' };
const RETAIN: Properties = { PropagationDelay: '0', RemovalPolicy: 'retain' };
const DESCRIBED: Properties = { ...DESTROY, Description: 'requested' };
const DELAYED: Properties = { ...DESTROY, PropagationDelay: '10' };
const DELAYED_DESCRIBED: Properties = { ...DELAYED, Description: 'requested' };

/** CloudFormation sends a Delete event even if the property retains the role, as after an edit of the template. */
export const deployed = (properties: Properties, options: Omit<Deployment, 'template'> = {}): Deployment =>
  ({ template: { Role: { properties, deletionPolicy: 'Delete' } }, ...options });
export const removed: Deployment = { template: {} };
const deployedAndRemoved = (properties: Properties) => [deployed(properties), removed];

/** The worlds that `npm test` explores, each by what no other one covers. */
export const WORLDS: Record<string, World> = {
  'access denied, server errors, and lost responses of each call': {
    stacks: [deployedAndRemoved(DESTROY)],
    budgets: { lostResponse: 1, error500: 1, error403: 1 },
  },
  'two reads, or writes of a new role, that act on an older state': {
    stacks: [deployedAndRemoved(DESTROY)],
    budgets: { olderState: 2, lostResponse: 1 },
  },
  'a role that others create, delete, and replace, also while the handler waits': {
    stacks: [deployedAndRemoved(DELAYED_DESCRIBED)],
    budgets: { othersCreate: 1, othersDelete: 1, othersReplace: 1, latency: 1 },
  },
  'the adoption of a role, and a replaced one that reads do not show': {
    oldRole: true,
    stacks: [deployedAndRemoved(DESCRIBED)],
    budgets: { olderState: 1, lostResponse: 1, othersDelete: 1, othersReplace: 1 },
  },
  'a regular role before, between, and instead of the calls of an event': {
    oldRole: true,
    stacks: [deployedAndRemoved(DESCRIBED)],
    budgets: { regularRole: 1, othersDelete: 1, olderState: 1 },
  },
  'deletion tasks that fail until the role is released, at any time': {
    stacks: [deployedAndRemoved(DESTROY)],
    inUse: true,
    budgets: { othersRelease: 1 },
  },
  'repeated requests of a deletion, in an event and in the next one': {
    stacks: [deployedAndRemoved(DESTROY)],
    budgets: { refusal: 1, failedTask: 1, lostResponse: 1, othersReplace: 1 },
  },
  'each event of a stack that Lambda delivers twice, at once or later': {
    stacks: [[deployed(DESTROY), deployed(DESCRIBED), removed]],
    budgets: { secondDelivery: 1 },
  },
  'an Update that meets another role than its Create': {
    stacks: [[deployed(DESTROY), deployed(DESCRIBED), removed]],
    budgets: { olderState: 1, lostResponse: 1, othersReplace: 1 },
  },
  'an Update that creates the role, and the clean-up of its previous ID': {
    stacks: [[deployed(DELAYED), deployed(DESCRIBED), removed]],
    budgets: { olderState: 1, othersDelete: 1 },
  },
  'the Update of a rollback with the current ID': {
    stacks: [[deployed(DELAYED), deployed(DELAYED_DESCRIBED, { failsLater: true }), removed]],
    budgets: { refusal: 1, othersDelete: 1 },
  },
  'the Update of a rollback with the ID from before': {
    stacks: [[deployed(DESTROY), deployed(DESCRIBED, { failsLater: true, rollsBackPreviousIds: true }), removed]],
    budgets: { refusal: 1, othersReplace: 1, olderState: 1 },
  },
  'the clean-up of a Create that failed, after another one succeeded': {
    stacks: [[deployed(DELAYED, { withoutRollback: true }), deployed(DELAYED), removed]],
    budgets: { refusal: 1, lostResponse: 1, olderState: 1 },
  },
  'a Delete event that must not delete, and a role that another stack deletes': {
    stacks: [deployedAndRemoved({ ...RETAIN, Description: 'requested' }), deployedAndRemoved(DESTROY)],
    budgets: { othersReplace: 1 },
  },
  'two stacks that each create, update, and delete the role of the other': {
    stacks: [[deployed(DESTROY), deployed(DESCRIBED), removed], deployedAndRemoved(DESTROY)],
    budgets: { othersReplace: 1 },
  },
  'two stacks that wait, with calls that take up to 9 s': {
    stacks: [deployedAndRemoved(DELAYED), deployedAndRemoved(DELAYED_DESCRIBED)],
    budgets: { latency: 2 },
  },
};

/** Those that the nightly workflow explores, too. */
export const LARGE_WORLDS: Record<string, World> = {
  'a role of which it is unknown which of two stacks created it': {
    stacks: [deployedAndRemoved(DESTROY), deployedAndRemoved(DESCRIBED)],
    budgets: { lostResponse: 1 },
  },
  'an event that is delivered again after another stack created or deleted the role': {
    stacks: [deployedAndRemoved(DESTROY), deployedAndRemoved(DESCRIBED)],
    budgets: { secondDelivery: 1 },
  },
  'three roles in a row, of which reads show an older one': {
    stacks: [deployedAndRemoved(DESTROY), deployedAndRemoved(DESCRIBED)],
    budgets: { olderState: 1, othersReplace: 1 },
  },
  'a role that another stack deletes or creates while the handler waits, and that reads do not show': {
    stacks: [deployedAndRemoved(DELAYED), deployedAndRemoved(DELAYED_DESCRIBED)],
    budgets: { olderState: 1 },
  },
  'the clean-up of a failed Create after another stack created the role': {
    stacks: [[deployed(DELAYED, { withoutRollback: true }), deployed(DELAYED), removed], deployedAndRemoved(DELAYED_DESCRIBED)],
    budgets: { refusal: 1 },
  },
  'three stacks, one of which retains the role': {
    stacks: [deployedAndRemoved(DESTROY), deployedAndRemoved(DESCRIBED), [deployed(RETAIN)]],
    budgets: { othersReplace: 1 },
  },
};
