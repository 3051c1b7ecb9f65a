import { App, Aspects, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import {
  AwsSolutionsChecks, HIPAASecurityChecks, type NagPack, NagSuppressions, NIST80053R4Checks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks,
} from 'cdk-nag';
import { declareIn, DOCUMENTED_FINDINGS, documentedFindings, VARIANTS } from './documented-findings';

const PACKS: readonly (new () => NagPack)[] = [
  AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R4Checks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks,
];

/** Rule and resource of each finding in the stack, errors and warnings alike. */
function findings(stack: Stack, pack: NagPack): string[] {
  Aspects.of(stack).add(pack);
  const annotations = Annotations.fromStack(stack);
  return [...annotations.findError('*', Match.anyValue()), ...annotations.findWarning('*', Match.anyValue())]
    .map(({ id, entry }) => `${/^[^:[]+/.exec(entry.data as string)} ${id.replace(/^\/Stack\/Role\//, '').replace('/Resource', '')}`
      .replace(`${pack.readPackName}-`, ''))
    .sort();
}

describe.each(PACKS.map((Pack) => ({ Pack, name: new Pack().readPackName })))('$name has the documented findings and no other', ({ Pack, name }) => {
  test.each(VARIANTS)('%s', (variant) => {
    const { stack } = declareIn(new App(), variant);

    expect(findings(stack, new Pack())).toEqual(documentedFindings(name, variant));
    expect(JSON.stringify(Template.fromStack(stack))).not.toContain('cdk_nag');
  });

  test.each([RemovalPolicy.DESTROY, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('with a description and removalPolicy %s', (removalPolicy) => {
    const { stack } = declareIn(new App(), 'bare', { removalPolicy, description: 'ours' });

    expect(findings(stack, new Pack())).toEqual(documentedFindings(name, 'bare'));
  });

  test('with vpc, logGroup, and the documented acknowledgements, none is left', () => {
    const { stack, role } = declareIn(new App(), 'vpc and logGroup');
    NagSuppressions.addResourceSuppressions(role, DOCUMENTED_FINDINGS.filter(({ packs, variants }) => packs.includes(name) && variants.includes('vpc and logGroup'))
      .map(({ rule, remedy }) => ({ id: `${name}-${rule.replace(/\[.*/, '')}`, reason: remedy })), true);

    expect(findings(stack, new Pack())).toEqual([]);
  });
});
