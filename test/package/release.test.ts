import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

let clone: string;

function run(tool: string, ...args: string[]): string {
  return execFileSync(tool, args, { cwd: clone, encoding: 'utf8', stdio: 'pipe', env: { ...process.env, CI: 'true' } });
}

const commit = (message: string) => run('git', '-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '--quiet', '--all', '--allow-empty', '--message', message);

// A clone without tags, whose build does nothing.
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'release-'));
  run('git', 'clone', '--quiet', '--no-tags', resolve('.'), '.');
  symlinkSync(resolve('node_modules'), join(clone, 'node_modules'));
  for (const path of ['.projen', 'README.md', 'scripts']) cpSync(path, join(clone, path), { recursive: true });
  const { tasks, ...others } = JSON.parse(readFileSync('.projen/tasks.json', 'utf8'));
  rmSync(join(clone, '.projen/tasks.json'));
  writeFileSync(join(clone, '.projen/tasks.json'), JSON.stringify({ ...others, tasks: { ...tasks, build: { name: 'build' } } }));
  commit('chore: build nothing');
});

afterEach(() => rmSync(clone, { recursive: true }));

function release() {
  run(join('node_modules', '.bin', 'projen'), 'release');
  const [version, tag, changelog] = ['version.txt', 'releasetag.txt', 'changelog.md'].map((file) => readFileSync(join(clone, 'dist', file), 'utf8').trim());
  return { version, tag, changelog };
}

test('the first release is 0.1.0, and its changelog says what the package does, then what changed', () => {
  commit('feat: declare the role');

  const { version, tag, changelog } = release();

  expect([version, tag]).toEqual(['0.1.0', 'v0.1.0']);
  expect(changelog).toMatch(/^## 0\.1\.0 \(.*\)\n\n\w[^]*service-linked role[^]*\n\n[^]*### Features\n[^]*\n\* declare the role /);
}, 60_000);

test('later releases follow from the commits since the last tag, and their changelog says only what changed', () => {
  run('git', 'tag', 'v0.1.0');
  commit('docs: explain the role');
  commit('fix: wait for the role');
  commit('feat: read the role');
  const { version, tag, changelog } = release();
  expect([version, tag]).toEqual(['0.1.1', 'v0.1.1']);
  expect(changelog).toMatch(/^## \[0\.1\.1\].*\n\n### Features\n\n\* read the role .*\n\n### Bug Fixes\n\n\* wait for the role .*$/);

  commit('feat!: rename a prop');
  const breaking = release();
  expect(breaking.version).toBe('0.2.0');
  expect(breaking.changelog).toContain('### ⚠ BREAKING CHANGES\n\n* rename a prop');
}, 120_000);
