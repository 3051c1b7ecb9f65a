// Puts a publisher's own names in the place of the placeholders, in every file. `projen` then writes the generated files.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { author, jsii, repository } from '../package.json';

const repositoryPath = (url: string) => url.replace('https://github.com/', '');

/** Each option -> the name that stands in the files now. */
const NOW = {
  repository: repositoryPath(repository.url),
  author: author.name,
  email: author.email,
  maven: jsii.targets.java.maven.groupId,
  nuget: jsii.targets.dotnet.packageId,
  go: jsii.targets.go.moduleName,
};
type Option = keyof typeof NOW;
const OPTIONS = Object.keys(NOW) as Option[];

const { values } = parseArgs({ options: Object.fromEntries(OPTIONS.map((option) => [option, { type: 'string' as const }])) });
const missing = OPTIONS.filter((option) => !values[option]);
if (missing.length > 0) refuse(`missing: ${missing.map((option) => `--${option}`).join(', ')}. The names now are ${JSON.stringify(NOW)}.`);
const { repository: url, nuget } = values as Record<Option, string>;
if (!/^https:\/\/github\.com\/[^/]+\/[^/]+$/.test(url)) refuse(`--repository is ${url}: give it as https://github.com/OWNER/NAME.`);
if (nuget.split('.').includes('Constructs')) refuse(`--nuget is ${nuget}: a segment Constructs hides the package of that name.`);

const replacements = new Map(OPTIONS.map((option) => [NOW[option], option === 'repository' ? repositoryPath(url) : values[option] as string]));
// The longest first, because one is the start of another.
const names = [...replacements.keys()].sort((a, b) => b.length - a.length).map((name) => name.replaceAll('.', '\\.'));
const generated = JSON.parse(readFileSync('.projen/files.json', 'utf8')).files as string[];
const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter((file) => file && !file.startsWith('.projen/') && !generated.includes(file));
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(new RegExp(names.join('|'), 'g'), (name) => replacements.get(name)!);
  if (changed !== text) writeFileSync(file, changed);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}
