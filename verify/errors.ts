/** Whether an error of a service denies access. */
export function isDenial(error: unknown): boolean {
  return statusOf(error) === 403;
}

/** Status and code of an error; "denied" for an access-denied error. */
export function describe(error: unknown): string {
  return isDenial(error) ? 'denied' : `${statusOf(error) ?? 'no response'} ${(error as Error).name}`;
}

/** Catches the errors that a function selects. */
export function ignoring(isIgnored: (error: Error) => boolean): (error: Error) => undefined {
  return (error) => {
    if (!isIgnored(error)) throw error;
    return undefined;
  };
}

/** Catches what ElastiCache responds without the role. */
export const ignoringMissingRole = ignoring(({ name }) => name === 'ServiceLinkedRoleNotFoundFault');

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
