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

export interface Deployment {
  /** Undefined: it failed. */
  readonly seconds?: number;
  /** How old the role was when the resource that stands for it was complete, where there is one. */
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
  absent: 'there is no role',
  old: 'a role there for a day',
  recent: 'a role made ten seconds ago',
} as const;
export type Scenario = keyof typeof SCENARIOS;

export const BEHAVIOURS = {
  adopts: 'adopts a role that exists',
  squatter: 'says which ordinary role squats on the name',
  outputs: 'names the role in an output, created or adopted',
  description: 'sets the description of a role that exists',
  waits: 'waits for a role made by another stack just now',
  ownership: 'deletes the role it made if asked, keeps one it adopted',
  users: 'tells who uses a role that cannot be deleted',
  throttlingTwice: 'survives two throttled answers in a row to each call',
  throttling: 'survives five',
  deadline: 'answers before its time is over when IAM hangs',
  bootstrap: 'deploys to an account without bootstrap',
} as const;
export type Behaviour = keyof typeof BEHAVIOURS;

export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly footprint: OfEach<Footprint>;
  /** What is added to an empty app, with CDK's own validation off and on, after what the empty app takes. */
  readonly synthesis: Readonly<Record<'off' | 'on', { readonly empty: number; readonly added: OfEach<AddedToEmptyApp> }>>;
  /** Seconds of synthesis of a whole app by the number of its stacks, with an app of empty stacks. */
  readonly stacks: Readonly<Record<number, OfEach<number> & { readonly none: number }>>;
  /** Seconds of synthesis by the number of caches. */
  readonly aspect: Readonly<Record<number, Readonly<Record<'without' | 'with' | 'sharing', number>>>>;
  readonly coldStart: Omit<OfEach<ColdStart>, 'native'> & { readonly bare: ColdStart };
  /** Of this library's handler, in milliseconds: neither loading the SDK nor waiting for IAM and for the answer's URL. */
  readonly ownWorkMs: number;
  readonly deployments: Readonly<Record<Scenario, OfEach<Deployment>>>;
  readonly behaviour: Readonly<Record<Behaviour, OfEach<Observation>>>;
}
