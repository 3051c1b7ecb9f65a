import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

const EXAMPLES = join(__dirname, '../../examples');
export const EXAMPLE_NAMES = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

/** Runs the example as the CDK CLI does. Returns the text of each stack's template. */
export function synthesizeExample(name: string): Record<string, string> {
  const outdir = mkdtempSync(join(tmpdir(), 'example-'));
  process.env.CDK_OUTDIR = outdir;
  try {
    jest.isolateModules(() => {
      jest.requireActual(join(EXAMPLES, name, 'app.ts'));
    });
    const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
    return Object.fromEntries(templates.map((file) => [file.replace('.template.json', ''), readFileSync(join(outdir, file), 'utf8')]));
  } finally {
    delete process.env.CDK_OUTDIR;
    rmSync(outdir, { recursive: true });
  }
}
