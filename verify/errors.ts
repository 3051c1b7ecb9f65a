/** Whether an error of a service denies access. */
export function isDenial(error: unknown): boolean {
  return statusOf(error) === 403;
}

/** Status and code of an error; "denied" for an access-denied error. */
export function describe(error: unknown): string {
  return isDenial(error) ? 'denied' : `${statusOf(error) ?? 'no response'} ${(error as Error).name}`;
}

/** Catches the errors with this name alone. */
export function ignoring(name: string): (error: Error) => undefined {
  return (error) => {
    if (error.name !== name) throw error;
    return undefined;
  };
}

/** Catches what ElastiCache responds without the role. */
export const ignoringMissingRole = ignoring('ServiceLinkedRoleNotFoundFault');

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
