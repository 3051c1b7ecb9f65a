import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Clone } from './clone';

let clone: Clone;

beforeEach(() => {
  clone = new Clone();
  clone.run('sed', '--in-place', 's/"version": .*/"version": "0.0.0",/', 'package.json'); // these tests also run in a release
  // The build takes minutes, and has nothing to do with versions.
  const { tasks, ...others } = JSON.parse(readFileSync('.projen/tasks.json', 'utf8'));
  const file = join(clone.folder, '.projen/tasks.json');
  rmSync(file);
  writeFileSync(file, JSON.stringify({ ...others, tasks: { ...tasks, build: { name: 'build' } } }));
  clone.commit('chore: build nothing');
});

function release() {
  clone.projen('release');
  const [version, tag, changelog] = ['version.txt', 'releasetag.txt', 'changelog.md'].map((file) => readFileSync(join(clone.folder, 'dist', file), 'utf8').trim());
  return { version, tag, changelog };
}

test('the first release is 0.1.0, and its changelog says what the package does, then what changed', () => {
  clone.commit('feat: declare the role');

  const { version, tag, changelog } = release();

  expect([version, tag]).toEqual(['0.1.0', 'v0.1.0']);
  expect(changelog).toMatch(/^## 0\.1\.0 \(.*\)\n\n\w[^]*service-linked role[^]*\n\n[^]*### Features\n[^]*\n\* declare the role /);
}, 180_000);

test('later releases follow from the commits since the last tag, and their changelog says only what changed', () => {
  clone.run('git', 'tag', 'v0.1.0');
  clone.commit('docs: explain the role');
  clone.commit('fix: wait for the role');
  clone.commit('feat: read the role');

  const { version, changelog } = release();

  expect(version).toBe('0.1.1');
  expect(changelog).toMatch(/^## \[0\.1\.1\].*\n\n### Features\n\n\* read the role .*\n\n### Bug Fixes\n\n\* wait for the role .*$/);

  clone.commit('feat!: rename a prop');
  const breaking = release();
  expect(breaking.version).toBe('0.2.0');
  expect(breaking.changelog).toContain('### ⚠ BREAKING CHANGES\n\n* rename a prop');
}, 360_000);
