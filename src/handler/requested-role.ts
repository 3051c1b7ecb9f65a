import { shown } from './shown';
import { MAX_DESCRIPTION_LENGTH, MAX_PROPAGATION_DELAY_SECONDS, type ReceivedProperties } from '../private/custom-resource-contract';

/** What a Create or an Update requests of the role. */
export interface RequestedRole {
  /** Undefined: any. */
  readonly description?: string;
  /** How old it has to be, in milliseconds. */
  readonly propagationDelay: number;
}

/** Throws if a property is not what the construct sets: the template can have been edited. */
export function requestedRole({ Description, PropagationDelay }: ReceivedProperties): RequestedRole {
  return { description: parseDescription(Description), propagationDelay: parsePropagationDelay(PropagationDelay) };
}

function parseDescription(value: unknown): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string') {
    throw new Error(`Description is ${shown(value)}. Set it to a string, then deploy again.`);
  }
  if (value.length > MAX_DESCRIPTION_LENGTH) {
    throw new Error(`Description has ${value.length} characters, IAM accepts at most ${MAX_DESCRIPTION_LENGTH}. Shorten it, then deploy again.`);
  }
  return value;
}

function parsePropagationDelay(value: unknown): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  const isInRange = seconds >= 0 && seconds <= MAX_PROPAGATION_DELAY_SECONDS;
  if (!isInRange) {
    throw new Error(`PropagationDelay is ${shown(value)}. `
      + `Set it to a number of seconds from 0 to ${MAX_PROPAGATION_DELAY_SECONDS}, then deploy again.`);
  }
  return seconds * 1_000;
}
