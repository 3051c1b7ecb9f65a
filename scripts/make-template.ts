import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { App, Aws, BootstraplessSynthesizer, CfnCondition, CfnOutput, CfnParameter, Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import { ElastiCacheServiceLinkedRole } from 'cdk-elasticache-service-linked-role';

export const TEMPLATE = 'templates/elasticache-service-linked-role.template.json';

/** The construct as a template for those without CDK. */
export function makeTemplate(): string {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Template', {
    synthesizer: new BootstraplessSynthesizer(),
    description: 'The service-linked role of ElastiCache: created or adopted, and kept',
  });
  const description = new CfnParameter(stack, 'Description', {
    description: 'Empty: left alone',
    default: '',
    maxLength: 1000,
  });
  const propagationDelay = new CfnParameter(stack, 'PropagationDelay', {
    description: 'Age in seconds to be usable',
    type: 'Number',
    default: 60,
    minValue: 0,
    maxValue: 600,
  });
  const isDescribed = new CfnCondition(stack, 'IsDescribed', { expression: Fn.conditionNot(Fn.conditionEquals(description, '')) });

  const role = new ElastiCacheServiceLinkedRole(stack, 'Role', {
    description: Token.asString(Fn.conditionIf(isDescribed.logicalId, description, Aws.NO_VALUE)),
    propagationDelay: Duration.seconds(propagationDelay.valueAsNumber),
  });
  new CfnOutput(stack, 'RoleArn', { value: role.roleArn });
  new CfnOutput(stack, 'RoleName', { value: role.roleName });

  const sections = Object.entries(app.synth().getStackByName(stack.stackName).template as Record<string, unknown>);
  // One line a section, so that the file stays small and a diff says where.
  return `{\n${sections.map(([name, section]) => `${JSON.stringify(name)}: ${JSON.stringify(section, substitute)}`).join(',\n')}\n}\n`;
}

/** Joins of parameters as people write them. */
function substitute(_key: string, value: { readonly 'Fn::Join'?: [string, (string | { readonly Ref: string })[]] }) {
  const [, parts] = value?.['Fn::Join'] ?? [];
  return parts ? { 'Fn::Sub': parts.map((part) => typeof part === 'string' ? part : `\${${part.Ref}}`).join('') } : value;
}

if (require.main === module) {
  mkdirSync(dirname(TEMPLATE), { recursive: true });
  writeFileSync(TEMPLATE, makeTemplate());
}
