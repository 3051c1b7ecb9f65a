const MAX_LENGTH = 100;

/** A value in a message: as JSON, without what is too long. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'undefined';
  return json.length > MAX_LENGTH ? `${json.slice(0, MAX_LENGTH)}...` : json;
}
