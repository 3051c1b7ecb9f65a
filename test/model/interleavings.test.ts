import { readFileSync } from 'fs';
import { join } from 'path';
import { AccountModel } from './account-model';
import { explore } from './explorer';
import { PLANTED_FAULTS } from './planted-faults';
import { loadHandler } from './replayed-invocation';
import { LARGE_WORLDS, type World, WORLDS } from './worlds';

// Explores everything that can happen in small accounts, up to a bound. docs/maintaining/guarantees.md has a row for each world and each planted fault.

const HOUR = 3_600_000;
const handler = loadHandler();
const worlds: Record<string, World> = { ...WORLDS, ...process.env.WORLDS === 'large' && LARGE_WORLDS };

const page = readFileSync(join(__dirname, '../../docs/maintaining/guarantees.md'), 'utf8');
/** The cells after the name in the page's row. */
const cellsOf = (name: string) => page.split('\n').find((line) => line.startsWith(`| ${name} |`))?.split(' | ').slice(1);

test.each(Object.entries(worlds))('every promise holds: %s', async (name, world) => {
  const account = new AccountModel(handler, world);
  const { states, ends, depth, violation } = await explore(account);
  const { deletions = 0, 'unguarded deletions': unguarded = 0 } = account.reached;
  process.stdout.write(`${name}: ${states} states, ${ends} ends, ${depth} steps to the farthest, ${deletions} deletions, ${unguarded} unguarded, all\n`);
  expect(violation && [violation.promise, ...violation.trace].join('\n')).toBeUndefined();
  expect(cellsOf(name)?.at(-1)).toBe(`${states.toLocaleString('en-US')} |`);
}, HOUR);

test.each(Object.entries(PLANTED_FAULTS))('the explorer finds: %s', async (name, { replacements, world, brokenPromise }) => {
  const { violation } = await explore(new AccountModel(loadHandler(replacements), WORLDS[world]));
  expect(violation?.promise).toBe(brokenPromise);
  expect(cellsOf(name)).toEqual([world, brokenPromise, `${violation?.trace.length} |`]);
});
