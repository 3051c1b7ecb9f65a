import { type Action, IamModel, iamOf } from './iam-model';

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

/** The model with a log of the handler's calls and scripted faults. */
export class ScriptedIam extends IamModel {
  readonly calls: { readonly action: Action; readonly request: object; readonly abortSignal: AbortSignal }[] = [];
  /** What the next calls of an action meet, in order. */
  readonly faults: { [A in Action]?: Fault[] } = {};

  get actions(): Action[] {
    return this.calls.map(({ action }) => action);
  }

  /** As the handler calls it. */
  readonly client = iamOf(async (action, request, { abortSignal }) => {
    this.calls.push({ action, request, abortSignal });
    const carryOut = (asOf?: number) => this.carryOut(action, request, asOf);
    const fault = this.faults[action]?.shift();
    return fault ? fault(carryOut) : carryOut();
  });
}
