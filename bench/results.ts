/** What is compared, by the name of its file in candidates/. */
export const CANDIDATES = ['this-library', 'upsert-slr', 'aws-custom-resource', 'provider-framework', 'native'] as const;
export type Candidate = typeof CANDIDATES[number];
export type OfEach<T> = Readonly<Record<Candidate, T>>;

/** What a template brings and allows. */
export interface Footprint {
  readonly resources: number;
  readonly assets: number;
  readonly templateBytes: number;
  /** The code in `ZipFile`. */
  readonly inlineCodeBytes: number;
  /** Each IAM action that a role of the template may call. */
  readonly iamActions: readonly string[];
  /** Of all actions, those allowed on every resource. */
  readonly actionsOnAll: readonly string[];
}

/** Medians in milliseconds of what a candidate adds to an app. */
export interface Added {
  readonly require: number;
  readonly synthesis: number;
  /** Of the whole: medians of sums are no sums of medians. */
  readonly total: number;
}

/** With the quartiles of the total. */
export interface AddedToEmptyApp extends Added {
  readonly quartiles: readonly [number, number];
}

/** Medians of fresh Node.js processes. */
export interface ColdStart {
  readonly loadMs: number;
  readonly answerMs: number;
  /** Both together. */
  readonly totalMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** Seconds without and with the aspect. */
export type WithAndWithout = Readonly<Record<'without' | 'with', number>>;

/** The age from which those who wait take a role for usable. */
export const USABLE_AGE = 60;

/** Seconds until a cache can be created: until the stack is done and the role is old enough. Undefined: the deployment failed. */
export function secondsUntilUsable({ seconds, ageSeconds = USABLE_AGE }: Deployment): number | undefined {
  return seconds === undefined ? undefined : seconds + Math.max(USABLE_AGE - ageSeconds, 0);
}

export interface Deployment {
  /** Undefined: it failed. */
  readonly seconds?: number;
  /** How old the role was when the resource that represents it was complete, if it succeeded. */
  readonly ageSeconds?: number;
  /** Of IAM's API, in the account. */
  readonly calls: readonly string[];
}

export interface Observation {
  /** Undefined: not run, since the local AWS does it in the place of CloudFormation's own resource. */
  readonly holds?: boolean;
  readonly observed: string;
}

export const SCENARIOS = {
  absent: 'no role',
  old: 'a role that is a day old',
  recent: 'a role created ten seconds ago',
} as const;
export type Scenario = keyof typeof SCENARIOS;

export const BEHAVIOURS = {
  adopts: 'adopts a role that exists',
  regularRole: 'names the regular IAM role that uses the reserved name',
  outputs: 'names the role in an output, created or adopted',
  description: 'sets the description of a role that exists',
  waits: 'waits for a role that another stack just created',
  ownership: 'deletes the role it created if requested, retains one it adopted',
  users: 'names the resources that use a role that cannot be deleted',
  throttlingTwice: 'succeeds after each call is throttled twice in a row',
  throttling: 'succeeds after five times',
  deadline: 'responds before its time-out when IAM hangs',
  bootstrap: 'deploys to an account without bootstrap',
} as const;
export type Behaviour = keyof typeof BEHAVIOURS;

/** What one run of the benchmarks can measure again by itself. */
export const SECTIONS = ['footprint', 'synthesis', 'coldStart', 'deployments', 'behaviour'] as const;
export type Section = typeof SECTIONS[number];

export interface Results {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  /** When each section was measured, and at which commit of this library. */
  readonly measured: Readonly<Record<Section, { readonly date: string; readonly commit: string }>>;
  readonly footprint: OfEach<Footprint>;
  /** What is added to an empty app, with CDK's own validation off and on, after what the empty app takes. */
  readonly synthesis: Readonly<Record<'off' | 'on', { readonly empty: number; readonly added: OfEach<AddedToEmptyApp> }>>;
  /** Seconds of synthesis of a whole app by the number of its stacks, with an app of empty stacks. */
  readonly stacks: Readonly<Record<number, OfEach<number> & { readonly none: number }>>;
  /** Seconds of synthesis by the number of caches. */
  readonly aspect: Readonly<Record<number, WithAndWithout>>;
  /** Seconds of an app of some size without the aspect, and what the aspect adds, with CDK's own validation off and on. */
  readonly app: Readonly<Record<'off' | 'on', { readonly without: number; readonly added: number; readonly quartiles: readonly [number, number] }>>;
  readonly coldStart: Omit<OfEach<ColdStart>, 'native'> & { readonly bare: ColdStart };
  /** Of this library's handler, in milliseconds: neither loading the SDK nor waiting for IAM and for the answer's URL. */
  readonly ownWorkMs: number;
  readonly deployments: Readonly<Record<Scenario, OfEach<Deployment>>>;
  readonly behaviour: Readonly<Record<Behaviour, OfEach<Observation>>>;
}
