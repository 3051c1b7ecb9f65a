import { readFileSync } from 'fs';
import { targets, withFigures } from '../../bench/report';
import { CANDIDATES, type Results, type Scenario, SCENARIOS, secondsUntilUsable } from '../../bench/results';

const results = JSON.parse(readFileSync('bench/results.json', 'utf8')) as Results;
const page = readFileSync('docs/maintaining/benchmarks.md', 'utf8');
const { synthesis, deployments, coldStart } = results;
const ours = { ...deployments.recent['this-library'] };

test('docs/maintaining/benchmarks.md shows the figures in results.json', () => {
  expect(withFigures(page, results)).toBe(page);
  expect(withFigures(page, { ...results, ownWorkMs: results.ownWorkMs / 2 })).not.toBe(page);
});

test('fails on a page without a place for the figures', () => {
  expect(() => withFigures('# Benchmarks', results)).toThrow('the page has no place for the figures');
});

test('the charts show what was measured', () => {
  const textsOf = (chart: string) =>
    [...readFileSync(`docs/diagrams/benchmark-${chart}.svg`, 'utf8').matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text);
  const added = CANDIDATES.map((candidate) => `${Math.round(synthesis.off.added[candidate].total)}`);
  expect(textsOf('synthesis')).toEqual(expect.arrayContaining(added));
  const seconds = (Object.keys(SCENARIOS) as Scenario[])
    .flatMap((scenario) => CANDIDATES.map((candidate) => secondsUntilUsable(deployments[scenario][candidate])))
    .map((value) => value === undefined ? 'fails' : `${Math.round(value)}`);
  expect(textsOf('deployment')).toEqual(expect.arrayContaining(seconds));
});

test('every target is met, except the one that CDK\'s own validation makes undecidable', () => {
  expect(targets(results).filter(({ met }) => met === false)).toEqual([]);
  expect(targets(results).filter(({ met, target }) => !met && !target.includes('validation'))).toEqual([]);
});

test.each<[string, Partial<Results>]>([
  ['a template with one resource more', { footprint: { ...results.footprint, 'this-library': { ...results.footprint['this-library'], resources: 5 } } }],
  ['a synthesis that adds five seconds', { synthesis: { ...synthesis, off: slower(synthesis.off) } }],
  ['the same with validation', { synthesis: { ...synthesis, on: slower(synthesis.on) } }],
  ['a third call', { deployments: { ...deployments, old: { ...deployments.old, 'this-library': { seconds: 1, calls: ['1', '2', '3'] } } } }],
  ['a wait for an old role', { deployments: { ...deployments, old: { ...deployments.old, 'this-library': { seconds: 60, calls: [] } } } }],
  ['no wait for a young role', { deployments: { ...deployments, recent: { ...deployments.recent, 'this-library': { ...ours, ageSeconds: 18 } } } }],
  ['too long a wait for a young role', { deployments: { ...deployments, recent: { ...deployments.recent, 'this-library': { ...ours, ageSeconds: 70 } } } }],
  ['a handler that works 5 ms', { ownWorkMs: 5 }],
  ['a slow start', { coldStart: { ...coldStart, 'this-library': { ...coldStart.bare, totalMs: coldStart.bare.totalMs * 1.2 } } }],
])('%s misses a target', (_, worse) => {
  expect(targets({ ...results, ...worse }).filter(({ met }) => met === false)).toHaveLength(1);
});

function slower(measured: Results['synthesis']['off']): Results['synthesis']['off'] {
  const quartiles = [5000, 5001] as const;
  return { ...measured, added: { ...measured.added, 'this-library': { ...measured.added['this-library'], total: 5000, quartiles } } };
}
