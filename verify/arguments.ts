import { parseArgs } from 'node:util';

/** The account that `npm run verify` runs on. */
export interface Target {
  readonly account: string;
  readonly region: string;
  /** Whether an existing role may be deleted and created again. */
  readonly mayDeleteRole: boolean;
}

/** What stops the command before it creates anything. Its message is printed alone. */
export class Refusal extends Error {}

const USAGE = 'npm run verify -- --account 123456789012 --region eu-west-1 [--may-delete-role]';

/** The account, or undefined for the local AWS. */
export function parseArguments(args: readonly string[]): Target | undefined {
  if (args.length === 0) {
    return undefined;
  }
  const { account, region, 'may-delete-role': mayDeleteRole = false } = parse(args);
  if (!/^\d{12}$/.test(account ?? '')) {
    throw new Refusal(`--account is ${account ?? 'missing'}. Give the 12 digits of an AWS account: ${USAGE}`);
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region ?? '')) {
    throw new Refusal(`--region is ${region ?? 'missing'}. Give the name of an AWS Region: ${USAGE}`);
  }
  return { account: account!, region: region!, mayDeleteRole };
}

function parse(args: readonly string[]) {
  try {
    const options = { 'account': { type: 'string' }, 'region': { type: 'string' }, 'may-delete-role': { type: 'boolean' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new Refusal(`${(error as Error).message.split('. ')[0]}: ${USAGE}`);
  }
}
