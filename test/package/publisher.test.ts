import { Clone } from './clone';
import { author, jsii, repository } from '../../package.json';

const PUBLISHER = [
  '--repository', 'https://github.com/octo-team/elasticache-role',
  '--author', 'Octo Team',
  '--email', 'octo@team.invalid',
  '--maven', 'invalid.team.octo',
  '--nuget', 'Octo.ElastiCacheRole',
  '--go', 'github.com/octo-team/elasticache-role-go',
];
const { java, dotnet, go } = jsii.targets;
const [, owner] = new URL(repository.url).pathname.split('/');
const OLD_NAMES = [owner, author.name, author.email, java.maven.groupId, `${dotnet.packageId.split('.')[0]}.`, go.moduleName];

test('one command replaces the placeholders in every file, and the package compiles', () => {
  const clone = new Clone();

  clone.projen('set:publisher', ...PUBLISHER);
  clone.commit('chore: name the publisher');
  clone.projen('bundle');
  clone.run('node_modules/.bin/jsii', '--silence-warnings=reserved-word');

  expect(clone.run('bash', '-c', 'git grep --fixed-strings "$@" || true', 'grep', ...OLD_NAMES.flatMap((name) => ['-e', name]))).toBe('');
  const assembly = clone.run('cat', '.jsii');
  expect(PUBLISHER.filter((value, index) => index % 2 === 1 && !assembly.includes(value))).toEqual([]);
}, 360_000);
