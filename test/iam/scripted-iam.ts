import { type Action, IamModel, type Request, type Response } from './iam-model';
import type { CallOptions, Iam } from '../../src/handler/iam';

/** What a call meets instead of being carried out at once; `carryOut` does that, optionally on the state of an earlier time. */
export type Fault = (carryOut: (asOf?: number) => object) => object | Promise<object>;

export const hangs: Fault = () => new Promise<never>(() => {});
export const fails = (error: Error): Fault => () => {
  throw error;
};
export const responds = (response: object): Fault => () => response;
export const showsStateOf = (time: number): Fault => (carryOut) => carryOut(time);
/** Carried out after others changed the role. */
export const follows = (change: () => unknown): Fault => (carryOut) => {
  change();
  return carryOut();
};
/** Carried out, but the response is lost. */
export const losesResponse: Fault = (carryOut) => {
  carryOut();
  return new Promise<never>(() => {});
};

/** The model as the handler calls it, with a log of the calls and scripted faults. */
export class ScriptedIam extends IamModel {
  readonly calls: { readonly action: Action; readonly request: object; readonly abortSignal: AbortSignal }[] = [];
  /** What the next calls of an action meet, in order. */
  readonly faults: { [A in Action]?: Fault[] } = {};

  get actions(): Action[] {
    return this.calls.map(({ action }) => action);
  }

  readonly client: Iam = {
    getRole: (request, options) => this.call('getRole', request, options),
    createServiceLinkedRole: (request, options) => this.call('createServiceLinkedRole', request, options),
    updateRoleDescription: (request, options) => this.call('updateRoleDescription', request, options),
    deleteServiceLinkedRole: (request, options) => this.call('deleteServiceLinkedRole', request, options),
    getServiceLinkedRoleDeletionStatus: (request, options) => this.call('getServiceLinkedRoleDeletionStatus', request, options),
  };

  private async call<A extends Action>(action: A, request: Request<A>, { abortSignal }: CallOptions): Promise<Response<A>> {
    this.calls.push({ action, request, abortSignal });
    const carryOut = (asOf?: number) => this.carryOut(action, request, asOf);
    const fault = this.faults[action]?.shift();
    return await (fault ? fault(carryOut) : carryOut()) as Response<A>;
  }
}
