import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Documentation, Language } from 'jsii-docgen';

// jsii-docgen takes the newest assembly of each dependency that it finds below a folder, such as that of projen's own constructs.
// This folder has only those that the package is compiled against, so API.md describes what every version allowed has.
async function main() {
  const { name, dependencyClosure } = JSON.parse(readFileSync('.jsii', 'utf8')) as { name: string; dependencyClosure: object };
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  try {
    symlinkSync(resolve('.jsii'), join(folder, '.jsii'));
    for (const dependency of Object.keys(dependencyClosure)) {
      const link = join(folder, 'node_modules', dependency);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(resolve('node_modules', dependency), link);
    }
    const documentation = await Documentation.forAssembly(name, folder);
    writeFileSync('API.md', (await documentation.toMarkdown({ language: Language.TYPESCRIPT, allSubmodules: true })).render());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();
