import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../docs/diagrams');
// Black on a light page, light on a dark one; the background is the page's own.
const STYLE = `<style>
  svg { color-scheme: light dark; }
  [stroke="black"] { stroke: #24292f; } text { fill: #24292f; } polygon[fill="black"] { fill: #24292f; }
  @media (prefers-color-scheme: dark) {
    [stroke="black"] { stroke: #c9d1d9; } text { fill: #c9d1d9; } polygon[fill="black"] { fill: #c9d1d9; }
  }
</style>`;

async function main() {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  for (const source of readdirSync(FOLDER).filter((name) => name.endsWith('.dot'))) {
    const svg = graphviz.dot(readFileSync(join(FOLDER, source), 'utf8'), 'svg');
    const styled = svg.slice(svg.indexOf('<svg')).replace(/<svg[^>]*>/, (tag) => `${tag}\n${STYLE}`);
    writeFileSync(join(FOLDER, source.replace('.dot', '.svg')), styled);
  }
}

void main();
