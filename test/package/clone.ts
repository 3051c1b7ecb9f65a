import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const AUTHOR = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];

/** A repository with the files of this folder in its only commit. This folder need not be a repository itself. */
export class Clone {
  public readonly folder = mkdtempSync(join(tmpdir(), 'clone-'));

  constructor() {
    this.run('git', 'init', '--quiet');
    const ofThisFolder = ['--git-dir', join(this.folder, '.git'), '--work-tree', resolve('.')];
    this.run('git', ...ofThisFolder, 'add', '--all', resolve('.'));
    this.run('git', ...ofThisFolder, ...AUTHOR, 'commit', '--quiet', '--message', 'chore: all files');
    this.run('git', 'reset', '--quiet', '--hard');
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
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
    this.run('git', ...AUTHOR, 'commit', '--quiet', '--allow-empty', '--message', message);
  }
}
