import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What `npm pack` would publish, and whether Construct Hub takes it. */
interface Pack {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const WANTED = [/^lib\/(private\/)?[\w-]+\.(js|d\.ts)$/, /^templates\/[\w.-]+\.template\.json$/, /^(\.jsii|\.jsii\.tabl\.json|API\.md|README\.md|LICENSE|SECURITY\.md|package\.json)$/];
const NEEDED = ['.jsii', '.jsii.tabl.json', 'API.md', 'LICENSE', 'README.md', 'lib/index.js', 'lib/index.d.ts', 'lib/private/handler-code.js',
  'templates/elasticache-service-linked-role.template.json'];
const MAX_BYTES = 150 * 1000;

const [{ size, files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' })) as Pack[];
const paths = files.map(({ path }) => path);
assert.deepEqual(paths.filter((path) => !WANTED.some((pattern) => pattern.test(path))), [], 'files that no user needs');
assert.deepEqual(NEEDED.filter((path) => !paths.includes(path)), [], 'files that are missing');
assert.ok(size <= MAX_BYTES, `${size} bytes packed, more than ${MAX_BYTES}`);

// Construct Hub shows the README away from its repository.
const links = [...readFileSync('README.md', 'utf8').matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
assert.deepEqual(links.filter((link) => !/^(https:\/\/|#)/.test(link)), [], 'links that are not absolute');

/** What this reads of the jsii assembly. */
interface Assembly {
  readonly name: string;
  readonly types: Readonly<Record<string, { readonly kind: string; readonly name: string; readonly interfaces?: readonly string[] }>>;
}

const assembly = JSON.parse(readFileSync('.jsii', 'utf8')) as Assembly;
// Those of other packages that get no member: IDependable has none, and users implement the others.
const STABLE_INTERFACES = ['constructs.IDependable', 'aws-cdk-lib.aws_iam.IGrantable', 'aws-cdk-lib.IAspect'];
const unstable = Object.values(assembly.types).flatMap(({ kind, name, interfaces = [] }) => interfaces
  .filter((parent) => !parent.startsWith(`${assembly.name}.`) && !STABLE_INTERFACES.includes(parent))
  .map((parent) => `${name} ${kind === 'class' ? 'implements' : 'extends'} ${parent}`));
assert.deepEqual(unstable, [], 'An interface of another package can get a member, which the .NET and Go packages, compiled against the lowest version, then lack. '
  + `Extend and implement only ${STABLE_INTERFACES.join(', ')}: see docs/maintaining/decisions/interfaces-no-other-package-can-break.md.`);

// The first line of each doc comment, which jsii ends at the first semicolon of a text in one paragraph.
const summaries = [...JSON.stringify(assembly.types).matchAll(/"summary":("(?:[^"\\]|\\.)*")/g)].map(([, summary]) => JSON.parse(summary) as string);
assert.deepEqual(summaries.filter((summary) => /;\s*$/.test(summary)), [], 'summaries of doc comments that are cut at a semicolon');

console.log(`${paths.length} files, ${size} bytes packed`);
