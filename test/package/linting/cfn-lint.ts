import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { installedPython } from '../../../local-aws/python';

const REQUIREMENTS = join(__dirname, 'requirements.txt');

/** The findings of cfn-lint in template files, including notes. It is installed next to this file the first time. */
export async function findings(files: readonly string[]): Promise<string[]> {
  const python = await installedPython(REQUIREMENTS);
  // The script of cfn-lint contains the folder that it was installed into before the rename.
  // I1022 requires Fn::Sub instead of Fn::Join, which CDK writes.
  const options = ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())', '--format', 'parseable', '--include-checks', 'I', '--ignore-checks', 'I1022', '--'];
  return new Promise((resolve, reject) => {
    execFile(python, [...options, ...files], { env: { PATH: process.env.PATH, HOME: process.env.HOME } }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter(line => line !== '');
      // Its exit code is not 0 if it has findings, and if it fails.
      if (error && lines.length === 0) return reject(new Error(`cfn-lint failed: ${stderr || error.message}`));
      resolve(lines);
    });
  });
}
