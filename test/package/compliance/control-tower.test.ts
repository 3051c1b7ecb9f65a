import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App } from 'aws-cdk-lib';
import { declareIn, documentedFindings, VARIANTS } from './documented-findings';

const CUSTOM_RESOURCE = 'CustomElastiCacheServiceLinkedRole';

test.each(VARIANTS)('the proactive controls of Control Tower have the documented findings and no other: %s', (variant) => {
  const app = new App();
  declareIn(app, variant);
  const { templateFullPath } = app.synth().getStackByName('Stack');

  const { violations } = new CfnGuardValidator({ controlTowerRulesEnabled: true }).validate({ templatePaths: [templateFullPath] });

  const findings = violations.flatMap(({ description, violatingResources }) => violatingResources
    .map(({ resourceLogicalId }) => `${/CT\.\w+\.PR\.\d+/.exec(description)} ${resourceLogicalId.replace(`${CUSTOM_RESOURCE}Handler`, '') || 'Handler'}`));
  expect(findings.sort()).toEqual(documentedFindings('Control Tower', variant));
});
