import type { HandlerResponse } from './simulation';

/** The properties of the custom resource, as CloudFormation sends them. */
export interface Properties {
  readonly Description?: string;
  readonly PropagationDelay: string;
  readonly RemovalPolicy: 'destroy' | 'retain';
}

/** A request of CloudFormation, and what the stack does after it. */
export interface Command {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly properties: Properties;
  /** By default the stack's current one. */
  readonly physicalId?: string;
  /** Deletes a resource of which the stack has a newer one. */
  readonly isCleanUp?: boolean;
  /** A stack refactoring moved the resource into another stack before. */
  readonly isMoved?: boolean;
  /** How often CloudFormation or its user sends the request again after a failure. */
  readonly repetitions?: number;
  /** What follows, by default `rest`. */
  readonly then?: (outcome: Outcome, rest: readonly Command[]) => readonly Command[];
}

export interface Outcome {
  readonly succeeded: boolean;
  readonly idBefore: string;
  /** As the response states it. */
  readonly idAfter: string;
}

/** The deletion of the stack, or the rollback of its creation. */
export const remove = (properties: Properties): Command => ({ type: 'Delete', properties, repetitions: 2 });

const cleanUp = (properties: Properties, physicalId: string): Command => ({ ...remove(properties), physicalId, isCleanUp: true });

export const create = (properties: Properties): Command => ({
  type: 'Create',
  properties,
  then: ({ succeeded, idAfter }, rest) => succeeded ? rest : [{ ...remove(properties), physicalId: idAfter }],
});

/** With --no-rollback, the next deployment creates the resource again, and then deletes the one that failed. */
export const createWithoutRollback = (properties: Properties): Command => ({
  type: 'Create',
  properties,
  then: ({ succeeded, idAfter: failedId }, rest) => succeeded ? rest : [{
    ...create(properties),
    then: (again) => [cleanUp(properties, failedId), ...again.succeeded ? rest : [{ ...remove(properties), physicalId: again.idAfter }]],
  }],
});

export const update = (from: Properties, to: Properties): Command => ({
  type: 'Update',
  properties: to,
  then: ({ succeeded, idBefore, idAfter }, rest) => {
    if (!succeeded) {
      return [restore(from), ...rest];
    }
    return idAfter === idBefore ? rest : [cleanUp(from, idBefore), ...rest];
  },
});

/** Another resource fails after the update of this one. The rollback's Update carries the ID from before or from after the update. */
export const updateAndRollBack = (from: Properties, to: Properties, carriesNewId: boolean): Command => ({
  type: 'Update',
  properties: to,
  then: ({ idBefore, idAfter }, rest) => [{
    ...restore(from),
    physicalId: carriesNewId ? idAfter : idBefore,
    then: ({ idAfter: restored }) => {
      const replaced = [...new Set([idBefore, idAfter])].filter((id) => id !== restored);
      return [...replaced.map((id) => cleanUp(to, id)), ...rest];
    },
  }],
});

/** Repeated, as a continued update rollback does. */
const restore = (properties: Properties): Command => ({ type: 'Update', properties, repetitions: 1 });

/** What CloudFormation records of a stack. */
export interface Stack {
  /** What it sends next. */
  readonly commands: readonly Command[];
  readonly physicalId: string;
  /** The one that the last SUCCESS reported. */
  readonly roleId?: string;
}

/** The stack after the response to the command. */
export function proceed({ commands, physicalId, roleId }: Stack, command: Command, { Status, PhysicalResourceId, Data }: HandlerResponse): Stack {
  const succeeded = Status === 'SUCCESS';
  const { repetitions = 0, then = (_, rest) => rest } = command;
  if (!succeeded && repetitions > 0) {
    return { commands: [{ ...command, repetitions: repetitions - 1 }, ...commands], physicalId, roleId };
  }
  const isCurrent = succeeded && command.type !== 'Delete';
  return {
    commands: then({ succeeded, idBefore: command.physicalId ?? physicalId, idAfter: PhysicalResourceId }, commands),
    physicalId: isCurrent ? PhysicalResourceId : physicalId,
    roleId: isCurrent ? Data!.RoleId : roleId,
  };
}
