/** Throws if a prop, or an element of a list, is null, which JavaScript and Python can pass. An undefined prop has its default. */
export function refuseNull(path: string, props: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(props)) {
    const index = Array.isArray(value) ? value.findIndex((element) => element === null || element === undefined) : -1;
    if (value === null || index >= 0) {
      const [missing, what] = value === null ? [name, value] : [`${name}[${index}]`, (value as unknown[])[index]];
      throw new Error(`${path}: ${missing} is ${what}. Set a value, or leave it out.`);
    }
  }
}
