import {
  type AddedToEmptyApp, type Behaviour, BEHAVIOURS, type Candidate, CANDIDATES, type Results,
  type Scenario, SCENARIOS, secondsUntilUsable, type Section, SECTIONS,
} from './results';

export const TITLES: Readonly<Record<Candidate, string>> = {
  'this-library': 'this library',
  'upsert-slr': '`upsert-slr`',
  'aws-custom-resource': '`AwsCustomResource`',
  'provider-framework': 'provider framework',
  'native': '`CfnServiceLinkedRole`',
};

type Row = readonly [title: string, ...cells: string[]];

function table(head: readonly string[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The local AWS stands in for CloudFormation's own resource. */
export const STAND_IN = 'stand-in';
const OTHERS = CANDIDATES.filter((candidate) => candidate !== 'native');
const headOf = (candidates: readonly Candidate[]) => ['', ...candidates.map((candidate) => TITLES[candidate])];
/** CloudFormation's own resource last, as in the other tables. */
const CANDIDATES_OF_DEPLOYED: readonly Candidate[] = [...OTHERS, 'native'];
const HEAD_OF_DEPLOYED = [...headOf(OTHERS), `${TITLES.native} (${STAND_IN})`];

/** A row of figures of which the lowest is the best, which is set in bold. */
function row(title: string, candidates: readonly Candidate[], figure: (candidate: Candidate) => number, write: (value: number) => string): Row {
  const best = write(Math.min(...candidates.map(figure)));
  return [title, ...candidates.map((candidate) => write(figure(candidate))).map((written) => written === best ? `**${written}**` : written)];
}

const count = (value: number) => value.toLocaleString('en');
const milliseconds = (value: number) => `${Math.round(value)} ms`;
const wholeSeconds = (value: number) => `${Math.round(value)} s`;
const between = ([low, high]: readonly [number, number]) => `${Math.round(low)} to ${Math.round(high)}`;

function deployed({ footprint }: Results): string {
  return table(headOf(CANDIDATES), [
    row('resources', CANDIDATES, (candidate) => footprint[candidate].resources, count),
    row('assets', CANDIDATES, (candidate) => footprint[candidate].assets, count),
    row('template, bytes', CANDIDATES, (candidate) => footprint[candidate].templateBytes, count),
    row('of these inline code', CANDIDATES, (candidate) => footprint[candidate].inlineCodeBytes, count),
    ['IAM actions', ...CANDIDATES.map((candidate) => footprint[candidate].iamActions.map((action) => action.replace('iam:', '')).join(', ') || '–')],
    ['allowed on `*`', ...CANDIDATES.map((candidate) => footprint[candidate].actionsOnAll.join(', ') || '–')],
  ]);
}

function synthesis({ synthesis: { off, on }, stacks }: Results): string {
  const added = table(headOf(CANDIDATES), [
    row('`require`', CANDIDATES, (candidate) => off.added[candidate].require, milliseconds),
    row('construction and synthesis', CANDIDATES, (candidate) => off.added[candidate].synthesis, milliseconds),
    row('**together**', CANDIDATES, (candidate) => off.added[candidate].total, milliseconds),
    ['quartiles, ms', ...CANDIDATES.map((candidate) => between(off.added[candidate].quartiles))],
    row('**together, with CDK\'s validation**', CANDIDATES, (candidate) => on.added[candidate].total, milliseconds),
    ['quartiles, ms', ...CANDIDATES.map((candidate) => between(on.added[candidate].quartiles))],
  ]);
  const whole = table(['stacks', 'empty', ...headOf(CANDIDATES).slice(1)], Object.entries(stacks).map(([number, of]) => {
    const [title, ...cells] = row(number, CANDIDATES, (candidate) => of[candidate], (value) => value.toFixed(2));
    return [title, of.none.toFixed(2), ...cells];
  }));
  return `What is added to an app with one empty stack, which takes ${milliseconds(off.empty)}, or ${milliseconds(on.empty)} with CDK's own validation of the template:\n\n${added}\n\n`
    + `Seconds of a whole app whose stacks each declare the role, without validation:\n\n${whole}`;
}

function aspect({ aspect: sizes, app }: Results): string {
  const ofCaches = table(['caches', 'without the aspect', 'with it'],
    Object.entries(sizes).map(([caches, { without, with: declaring }]) => [count(Number(caches)), ...[without, declaring].map((value) => `${value.toFixed(2)} s`)]));
  const ofApp = table(['', 'without the aspect', 'the aspect adds', 'quartiles, ms', 'share'], (['off', 'on'] as const).map((validation) => {
    const { without, added, quartiles } = app[validation];
    return [`CDK's validation ${validation}`, `${without.toFixed(2)} s`, milliseconds(added * 1000), between([quartiles[0] * 1000, quartiles[1] * 1000]), `${(added / without * 100).toFixed(1)} %`];
  }));
  return `An app with a VPC, a load-balanced ECS service, an Aurora cluster, ElastiCache (a serverless cache, a subnet group, a user), and ten functions, construction included:\n\n${ofApp}\n\n`
    + `Apps of serverless caches alone, 100 in each stack, synthesis only:\n\n${ofCaches}`;
}

function coldStart({ coldStart: { bare, ...starts }, ownWorkMs }: Results): string {
  const withBare = (title: string, figure: keyof typeof bare, unit: string): Row => {
    const write = (value: number) => `${Math.round(value)} ${unit}`;
    const [, ...cells] = row(title, OTHERS, (candidate) => starts[candidate as keyof typeof starts][figure], write);
    return [title, write(bare[figure]), ...cells];
  };
  const rows = [
    withBare('load', 'loadMs', 'ms'),
    withBare('event to response', 'answerMs', 'ms'),
    withBare('**together**', 'totalMs', 'ms'),
    withBare('CPU of the process', 'cpuMs', 'ms'),
    withBare('peak memory', 'peakMb', 'MB'),
  ];
  return `${table(['', 'bare `GetRole`', ...headOf(OTHERS).slice(1)], rows)}\n\nThe handler of this library itself, without the SDK and the HTTP client: ${ownWorkMs.toFixed(1)} ms.`;
}

function deployments({ deployments: scenarios }: Results): string {
  const written = (value?: number) => value === undefined ? 'fails' : wholeSeconds(value);
  const rows = (Object.keys(SCENARIOS) as Scenario[]).flatMap((scenario): Row[] => {
    const of = scenarios[scenario];
    return [
      [`${SCENARIOS[scenario]}: the stack is done after`, ...CANDIDATES_OF_DEPLOYED.map((candidate) => written(of[candidate].seconds))],
      [`${SCENARIOS[scenario]}: a cache can be created after`, ...CANDIDATES_OF_DEPLOYED.map((candidate) => written(secondsUntilUsable(of[candidate])))],
    ];
  });
  return table(HEAD_OF_DEPLOYED, rows);
}

function calls({ deployments: scenarios }: Results): string {
  return table(HEAD_OF_DEPLOYED, (Object.keys(SCENARIOS) as Scenario[]).map((scenario) =>
    [SCENARIOS[scenario], ...CANDIDATES_OF_DEPLOYED.map((candidate) => `${scenarios[scenario][candidate].calls.length}`)]));
}

function behaviour({ behaviour: observations }: Results): string {
  return table(HEAD_OF_DEPLOYED, (Object.keys(BEHAVIOURS) as Behaviour[]).map((name) => [BEHAVIOURS[name], ...CANDIDATES.map((candidate) => {
    const { holds, observed } = observations[name][candidate];
    return holds === undefined ? observed : `${holds ? '**yes**' : 'no'}: ${observed}`;
  })]));
}

interface Target {
  readonly target: string;
  readonly measured: string;
  /** Undefined: the runs differ too much to tell. */
  readonly met?: boolean;
}

/** A median above that of upsert-slr misses the target, unless the middle halves of the runs overlap. */
function noMoreThanUpsert(target: string, { 'this-library': ours, 'upsert-slr': theirs }: Results['synthesis']['off']['added']): Target {
  const written = ({ total, quartiles }: AddedToEmptyApp) => `${milliseconds(total)} (${between(quartiles)})`;
  const isOver = ours.total > theirs.total;
  const overlaps = ours.quartiles[0] <= theirs.quartiles[1];
  return { target, measured: `${written(ours)} and ${written(theirs)}`, met: isOver && overlaps ? undefined : !isOver };
}

/** The targets of this library, and whether they are met. */
export function targets({ footprint, synthesis: { off, on }, deployments: { old, recent }, coldStart: { bare, 'this-library': start }, ownWorkMs }: Results): Target[] {
  const [{ resources }, { resources: resourcesOfUpsert }] = [footprint['this-library'], footprint['upsert-slr']];
  const callsOfOld = old['this-library'].calls.length;
  const waited = old['this-library'].seconds! - old['upsert-slr'].seconds!;
  const age = recent['this-library'].ageSeconds!;
  const slower = start.totalMs / bare.totalMs - 1;
  return [
    { target: 'no more resources than `upsert-slr`', measured: `${resources} and ${resourcesOfUpsert}`, met: resources <= resourcesOfUpsert },
    noMoreThanUpsert('adds no more to an empty app than `upsert-slr`', off.added),
    noMoreThanUpsert('the same with CDK\'s validation', on.added),
    { target: 'an old role costs two IAM calls at most', measured: `${callsOfOld}`, met: callsOfOld <= 2 },
    { target: 'and no wait: a deployment takes less than a second longer than with `upsert-slr`', measured: `${waited.toFixed(1)} s longer`, met: waited < 1 },
    { target: 'with a role created ten seconds ago, the deployment waits until it is 60 s old, and no longer', measured: `done when it was ${age.toFixed(1)} s old`, met: age >= 60 && age < 62 },
    { target: 'the handler itself works less than 5 ms', measured: `${ownWorkMs.toFixed(1)} ms`, met: ownWorkMs < 5 },
    { target: 'cold start within 10 % of a bare `GetRole`', measured: `${Math.round(slower * 100)} % more`, met: slower <= 0.1 },
  ];
}

const TITLES_OF_SECTIONS: Readonly<Record<Section, string>> = {
  footprint: 'what is deployed', synthesis: 'synthesis', coldStart: 'cold start', deployments: 'deployment', behaviour: 'behaviour',
};

/** The figures of docs/maintaining/benchmarks.md. */
export function render(results: Results): string {
  const { machine, versions, measured } = results;
  const runs = SECTIONS.map((section): Row => [TITLES_OF_SECTIONS[section], measured[section].date, `\`${measured[section].commit}\``]);
  return `${machine}; ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}.

${table(['', 'measured', 'at'], runs)}

## Targets

${table(['', 'measured', 'met'], targets(results).map(({ target, measured: figure, met }) => [target, figure, met === undefined ? 'not decided: the quartiles overlap' : met ? 'yes' : '**no**']))}

## Counted: the same in each run

### Behaviour

${behaviour(results)}

### What is deployed

${deployed(results)}

### Calls to IAM

${calls(results)}

## Timed: different in each run

### Deployment

![Seconds of a deployment with no role, an old role and a role created ten seconds ago, and until a cache can be created](../diagrams/benchmark-deployment.svg)

${deployments(results)}

### Synthesis

![Milliseconds that each adds to an empty app](../diagrams/benchmark-synthesis.svg)

${synthesis(results)}

### The aspect

${aspect(results)}

### Cold start

${coldStart(results)}
`;
}

const [START, END] = ['<!-- figures -->\n', '<!-- end of figures -->'];

/** A page with the figures between its marks. */
export function withFigures(page: string, results: Results): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) {
    throw new Error(`the page has no place for the figures: it needs ${START.trim()} and ${END}`);
  }
  return `${page.slice(0, start + START.length)}${render(results)}${page.slice(end)}`;
}
