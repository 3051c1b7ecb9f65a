import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedPython } from '../../../local-aws/python';

/** Name -> text of templates. */
export type Templates = Readonly<Record<string, string>>;

/** What cfn-lint finds in the templates, including notes. It is installed next to this file the first time. */
export async function lint(templates: Templates) {
  const python = await installedPython(join(__dirname, 'requirements.txt'));
  const directory = mkdtempSync(join(tmpdir(), 'linting-'));
  const files = Object.entries(templates).map(([name, text]) => {
    const file = join(directory, `${name}.json`);
    writeFileSync(file, text);
    return file;
  });
  // The script of cfn-lint contains the folder that it was installed into before the rename.
  // I1022 requires Fn::Sub instead of Fn::Join, which CDK writes.
  const options = ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())', '--format', 'parseable', '--include-checks', 'I', '--ignore-checks', 'I1022', '--'];
  const { status, stdout, stderr } = spawnSync(python, [...options, ...files], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

export const NO_FINDINGS = { status: 0, output: '' };
