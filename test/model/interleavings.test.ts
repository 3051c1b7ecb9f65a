import { AccountModel } from './account-model';
import { explore } from './explorer';
import { LARGE_WORLDS, WORLDS } from './worlds';

// Explores everything that can happen in small accounts, up to a bound.

const HOUR = 3_600_000;
const worlds = { ...WORLDS, ...process.env.WORLDS === 'large' && LARGE_WORLDS };

test.each(Object.entries(worlds))('every promise holds: %s', async (name, world) => {
  const account = new AccountModel(world);
  const { states, ends, depth, violation } = await explore(account);
  const { deletions = 0, 'unguarded deletions': unguarded = 0 } = account.reached;
  process.stdout.write(`${name}: ${states} states, ${ends} ends, ${depth} steps to the farthest, ${deletions} deletions, ${unguarded} unguarded\n`);
  expect(violation).toBeUndefined();
}, HOUR);
