import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { NO_DELAY, roleWith } from '../../../local-aws/declarations';
import { ElastiCacheServiceLinkedRole, type ElastiCacheServiceLinkedRoleProps } from '../../../src';

type Declare = (trigger?: string) => (stack: Stack) => void;

const declaring = (removalPolicy: RemovalPolicy): Declare => (trigger) => (stack) => {
  roleWith({ ...NO_DELAY, removalPolicy, trigger })(stack);
};

function twoConstructs(props: ElastiCacheServiceLinkedRoleProps): (stack: Stack) => void {
  return (stack) => ['First', 'Second'].forEach((id) => new ElastiCacheServiceLinkedRole(stack, id, props));
}

/** The stacks whose template is kept for each release: its file is `<name>.template.json`. */
export const STACKS: Readonly<Record<string, Declare>> = {
  'retain': declaring(RemovalPolicy.RETAIN),
  'retain-on-update-or-delete': declaring(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE),
  'destroy': declaring(RemovalPolicy.DESTROY),
  'two-constructs': (trigger) => twoConstructs({ ...NO_DELAY, removalPolicy: RemovalPolicy.DESTROY, trigger }),
};
