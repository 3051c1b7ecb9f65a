import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { installedPython } from '../python';

const REQUIREMENTS = join(__dirname, 'requirements.txt');

/** What cfn-lint has to say of template files, notes included; the first time ever, it is installed next to this file. */
export async function findings(files: readonly string[], onInstall?: () => void): Promise<string[]> {
  const python = await installedPython(REQUIREMENTS, onInstall);
  // Its own script names the folder that it was installed into before the rename.
  // I1022 would have Fn::Sub for every Fn::Join, which is what CDK writes.
  const options = ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())', '--format', 'parseable', '--include-checks', 'I', '--ignore-checks', 'I1022', '--'];
  return new Promise((resolve, reject) => {
    execFile(python, [...options, ...files], { env: { PATH: process.env.PATH, HOME: process.env.HOME } }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter(line => line !== '');
      // It exits with another code than 0 when it finds something, and when it fails.
      if (error && lines.length === 0) return reject(new Error(`cfn-lint failed: ${stderr || error.message}`));
      resolve(lines);
    });
  });
}
