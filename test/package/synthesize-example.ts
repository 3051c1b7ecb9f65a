import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
export const EXAMPLE_NAMES = readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

interface Synthesis {
  /** Stack -> text of its template. */
  readonly templates: Record<string, string>;
  /** What the example and CDK print. */
  readonly output: string;
}

/** Runs the example in a process of its own, as the CDK CLI does, with the validation that a newer CDK does by default. */
export function synthesizeExample(name: string, ...nodeOptions: string[]): Synthesis {
  const outdir = mkdtempSync(join(tmpdir(), 'example-'));
  try {
    const { CDK_VALIDATION, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/tsx'), ['--tsconfig', 'examples/tsconfig.json', ...nodeOptions, `examples/${name}/app.ts`], {
      cwd: ROOT, encoding: 'utf8', env: { ...env, CDK_OUTDIR: outdir, JSII_DEPRECATED: 'fail' },
    });
    if (status !== 0) {
      throw new Error(`examples/${name} failed: ${stderr}`);
    }
    const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
    const templates = files.map((file) => [file.replace('.template.json', ''), readFileSync(join(outdir, file), 'utf8')]);
    return { templates: Object.fromEntries(templates), output: stdout + stderr };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
