import { parseArgs } from 'node:util';

/** What stops the command before it creates anything. Its message is printed alone. */
export class Refusal extends Error {}

const USAGE = 'npm run verify -- --account 123456789012 --region eu-west-1 [--may-delete-role]';

/** The account and the Region that are verified, and whether an existing role may be deleted and created again. Undefined for the local AWS. */
export function parseArguments(args: readonly string[]) {
  if (args.length === 0) return undefined;
  const { account = 'missing', region = 'missing', 'may-delete-role': mayDeleteRole = false } = parse(args);
  if (!/^\d{12}$/.test(account)) {
    throw new Refusal(`--account is ${account}. Give the 12 digits of an AWS account: ${USAGE}`);
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) {
    throw new Refusal(`--region is ${region}. Give the name of an AWS Region: ${USAGE}`);
  }
  return { account, region, mayDeleteRole };
}

function parse(args: readonly string[]) {
  try {
    const options = { 'account': { type: 'string' }, 'region': { type: 'string' }, 'may-delete-role': { type: 'boolean' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new Refusal(`${(error as Error).message.split('. ')[0]}: ${USAGE}`);
  }
}
