import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STACKS } from './released/stacks';
import { FAULT, useLocalAws } from './use-local-aws';
import type { Account, DeployedStack } from '../../local-aws/aws-account';
import { failingAfter, preload } from '../../local-aws/declarations';

// Deploys the templates of each release, upgrades them to the current code, and rolls back. See released/record.ts.

const { emptyAccount } = useLocalAws();

const FOLDER = join(__dirname, 'released');
const RELEASES = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

/** Kind of physical ID -> what the release writes, with a placeholder. */
type PhysicalIds = Readonly<Record<'owned' | 'adopted' | 'not-created', string>>;

const read = (release: string, file: string) => readFileSync(join(FOLDER, release, file), 'utf8');

preload(...Object.values(STACKS).map((declare) => declare('trigger')));

describe.each(RELEASES)('%s', (release) => {
  const ids = JSON.parse(read(release, 'physical-ids.json')) as PhysicalIds;

  /** Upgrades the stack, rolls back, upgrades again, and deletes it. */
  async function upgradeAndDelete(name: string, account: Account, stack: DeployedStack, kind: keyof PhysicalIds) {
    const roleId = await account.roleId();
    const expectUnchanged = async () => {
      expect(await stack.recordedId()).toBe(ids[kind].replace('<RoleId>', roleId!));
      expect(await account.roleId()).toBe(roleId);
    };
    await expectUnchanged();

    await stack.deploy(failingAfter(STACKS[name]('failing')), 'UPDATE_ROLLBACK_COMPLETE');
    await expectUnchanged();
    await stack.deploy(STACKS[name]('1'));
    await expectUnchanged();
    await stack.deployTemplate(read(release, `${name}.template.json`), {});
    await expectUnchanged();
    await stack.deploy(STACKS[name]('2'));
    await expectUnchanged();
    await stack.destroy();

    const isDeleted = kind === 'owned' && ['destroy', 'two-constructs'].includes(name);
    expect(await account.roleId()).toBe(isDeleted ? undefined : roleId);
  }

  test.concurrent.each(Object.keys(STACKS).flatMap((name) => [[name, 'owned'], [name, 'adopted']] as const))(
    '%s, %s: is upgraded, rolled back, upgraded, and deleted', async (name, kind) => {
      const account = emptyAccount();
      if (kind === 'adopted') await account.createRole();
      const stack = account.stack('Stack');
      await stack.deployTemplate(read(release, `${name}.template.json`), {});

      await upgradeAndDelete(name, account, stack, kind);
    });

  test.concurrent.each(Object.keys(STACKS))(
    '%s, not-created: the upgrade creates the custom resource again', async (name) => {
      const account = emptyAccount();
      await account.configure({ faults: { CreateServiceLinkedRole: { ...FAULT, times: 1 } } });
      const stack = account.stack('Stack');
      await stack.deployTemplate(read(release, `${name}.template.json`), {}, 'CREATE_FAILED', { DisableRollback: true });
      expect(await stack.recordedId()).toBe(ids['not-created']);

      const { calls } = await stack.deploy(STACKS[name]('again'));

      expect(calls.slice(0, 2)).toEqual(['GetRole NoSuchEntity', 'CreateServiceLinkedRole']);
      expect(calls).not.toContain('DeleteServiceLinkedRole');
      await upgradeAndDelete(name, account, stack, 'owned');
    });
});
