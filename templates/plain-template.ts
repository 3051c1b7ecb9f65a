import { App, Aws, BootstraplessSynthesizer, CfnCondition, CfnOutput, CfnParameter, Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ElastiCacheServiceLinkedRole } from '../src';
import {
  DESCRIPTION_CHARACTERS, DESCRIPTION_CHARACTERS_IN_WORDS, MAX_DESCRIPTION_LENGTH, MAX_PROPAGATION_DELAY_SECONDS,
} from '../src/private/custom-resource-contract';

/** Where the template is, from the root of the repository. */
export const TEMPLATE = 'templates/elasticache-service-linked-role.template.json';

/** The construct as a template for deployments without CDK. */
export function makeTemplate(): string {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Template', {
    synthesizer: new BootstraplessSynthesizer(),
    description: 'The service-linked role of ElastiCache: created or adopted, and retained',
  });
  const description = new CfnParameter(stack, 'Description', {
    description: 'Description of the role. Leave empty to keep the current description.',
    default: '',
    maxLength: MAX_DESCRIPTION_LENGTH,
    allowedPattern: `[${DESCRIPTION_CHARACTERS}]*`,
    constraintDescription: `at most ${MAX_DESCRIPTION_LENGTH.toLocaleString('en-US')} characters: ${DESCRIPTION_CHARACTERS_IN_WORDS}`,
  });
  const propagationDelay = new CfnParameter(stack, 'PropagationDelay', {
    description: 'Minimum age of the role, in seconds.',
    type: 'Number',
    default: 60,
    minValue: 0,
    maxValue: MAX_PROPAGATION_DELAY_SECONDS,
  });
  const trigger = new CfnParameter(stack, 'Trigger', {
    description: 'Any text. A changed value checks the role again, and creates it if it was deleted.',
    default: '',
  });
  const permissionsBoundary = new CfnParameter(stack, 'PermissionsBoundary', {
    description: 'ARN of the permissions boundary of the function role. Leave empty for none.',
    default: '',
    allowedPattern: '(arn:[a-z-]+:iam::(\\d{12}|aws):policy/\\S+)?',
    constraintDescription: 'must be empty or the ARN of a managed policy',
  });

  const role = new ElastiCacheServiceLinkedRole(stack, 'Role', {
    description: unlessEmpty(description),
    propagationDelay: Duration.seconds(propagationDelay.valueAsNumber),
    trigger: trigger.valueAsString,
  });
  iam.PermissionsBoundary.of(role).apply(iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', unlessEmpty(permissionsBoundary)));
  new CfnOutput(stack, 'RoleArn', { value: role.roleArn, description: 'ARN of the service-linked role.' });
  new CfnOutput(stack, 'RoleName', { value: role.roleName, description: 'Name of the service-linked role.' });

  const sections = Object.entries(app.synth().getStackByName(stack.stackName).template as Record<string, unknown>);
  // One line per section, so that the file stays small and a diff shows which section changed.
  return `{\n${sections.map(([name, section]) => `${JSON.stringify(name)}: ${JSON.stringify(section, substitute)}`).join(',\n')}\n}\n`;
}

/** The value of the parameter, or no value if it is empty. */
function unlessEmpty(parameter: CfnParameter): string {
  const condition = new CfnCondition(parameter.stack, `Has${parameter.node.id}`, { expression: Fn.conditionNot(Fn.conditionEquals(parameter, '')) });
  return Token.asString(Fn.conditionIf(condition.logicalId, parameter, Aws.NO_VALUE));
}

/** `Fn::Join` of parameters as `Fn::Sub`, which is easier to read. */
function substitute(_key: string, value: { readonly 'Fn::Join'?: [string, (string | { readonly Ref: string })[]] }) {
  const [, parts] = value?.['Fn::Join'] ?? [];
  return parts ? { 'Fn::Sub': parts.map((part) => typeof part === 'string' ? part : `\${${part.Ref}}`).join('') } : value;
}
