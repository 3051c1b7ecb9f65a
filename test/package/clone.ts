import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A clone of this repository without its tags, with what is not committed here in a commit of its own. */
export class Clone {
  public readonly folder = mkdtempSync(join(tmpdir(), 'clone-'));

  constructor() {
    this.run('git', 'clone', '--quiet', '--no-tags', resolve('.'), '.');
    const changed = execFileSync('git', ['ls-files', '--modified', '--others', '--exclude-standard', '-z'], { encoding: 'utf8' }).split('\0').filter(existsSync);
    for (const file of changed) {
      rmSync(join(this.folder, file), { force: true }); // some are read-only
      cpSync(file, join(this.folder, file));
    }
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
    this.commit('chore: work in progress');
  }

  public run(tool: string, ...args: string[]): string {
    // Without an installation, which would change this folder's node_modules.
    return execFileSync(tool, args, { cwd: this.folder, encoding: 'utf8', stdio: 'pipe', env: { ...process.env, CI: 'true', PROJEN_DISABLE_POST: 'true' } });
  }

  public projen(...args: string[]): string {
    return this.run(join('node_modules', '.bin', 'projen'), ...args);
  }

  public commit(message: string) {
    this.run('git', 'add', '--all', '--', ':!node_modules');
    this.run('git', '-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--allow-empty', '--message', message);
  }

  public remove() {
    rmSync(this.folder, { recursive: true });
  }
}
