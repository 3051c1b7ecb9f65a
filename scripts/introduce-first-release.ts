// Puts the introduction of the README below the heading of the changelog, for the task `bump`.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

const CHANGELOG = 'dist/changelog.md';
const [title, changes] = readFileSync(CHANGELOG, 'utf8').trim().split(/\n\n([^]*)/);
const introduction = /\n\n(?!\[!\[)(\w[^]*?)\n(?:```|## )/.exec(readFileSync('README.md', 'utf8'));
assert.ok(introduction, 'the README has no introduction between its badges and its first sample or heading');
// GitHub shows the line breaks of a paragraph.
const paragraphs = introduction[1].trim().replace(/(?<!\n)\n(?![\n*-])/g, ' ');
writeFileSync(CHANGELOG, [title, paragraphs, changes, ''].filter((part) => part !== undefined).join('\n\n'));
