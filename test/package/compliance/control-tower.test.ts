import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App } from 'aws-cdk-lib';
import { asText, declareIn, documentedFindings, VARIANTS } from './documented-findings';
import { DECLARATION } from '../../stacks-and-templates';

test.each(VARIANTS)('the proactive controls of Control Tower have the documented findings and no other, $name', (variant) => {
  const app = new App();
  declareIn(app, variant);
  const { templateFullPath } = app.synth().getStackByName('Stack');

  const { violations } = new CfnGuardValidator({ controlTowerRulesEnabled: true }).validate({ templatePaths: [templateFullPath] });

  const findings = violations.flatMap(({ description, violatingResources }) => violatingResources.map(({ resourceLogicalId }) => {
    const resource = resourceLogicalId.replace(`${DECLARATION}Handler`, '') || 'Handler';
    return `${/CT\.\w+\.PR\.\d+/.exec(description)} ${resource}`;
  }));
  expect(findings.sort()).toEqual(documentedFindings('Control Tower', variant).map(asText).sort());
});
