import { parseArgs } from 'node:util';

/** What stops the command before it creates anything. Its message is printed alone. */
export class Refusal extends Error {}

const USAGE = 'npm run verify -- --account 123456789012 --region eu-west-1 [--may-delete-role]';
const OPTIONS = { 'account': { type: 'string' }, 'region': { type: 'string' }, 'may-delete-role': { type: 'boolean' } } as const;

/** The account and the Region that are verified, and whether an existing role may be deleted and created again. Undefined for the local AWS. */
export function parseArguments(args: readonly string[]) {
  if (args.length === 0) return undefined;
  try {
    const { account = 'missing', region = 'missing', 'may-delete-role': mayDeleteRole = false } = parseArgs({ args: [...args], options: OPTIONS }).values;
    if (!/^\d{12}$/.test(account)) throw new Error(`--account is ${account}, but has to be the 12 digits of an AWS account`);
    if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region)) throw new Error(`--region is ${region}, but has to be the name of an AWS Region`);
    return { account, region, mayDeleteRole };
  } catch (error) {
    throw new Refusal(`${(error as Error).message.split('. ')[0]}. Usage: ${USAGE}`);
  }
}
