/** Readers of one kind of field each, for what an operator wrote. Faults name the path and what is expected, no value. */
export type SettingsReader = ReturnType<typeof createSettingsReader>;

type Fields = Readonly<Record<string, unknown>>;

/** They collect faults, and answer something usable in place of a faulty value. */
export function createSettingsReader(faults: string[]) {
  function fault(path: string, expected: string): void {
    faults.push(`${path}: expected ${expected}`);
  }

  return {
    fault,
    /** Of these fields some, and no others. */
    fields(value: unknown, path: string, names: readonly string[]): Fields {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        fault(path, 'an object');
        return {};
      }
      for (const name of Object.keys(value)) {
        if (!names.includes(name)) fault(`${path}.${name.slice(0, 40)}`, `one of ${names.join(', ')}`);
      }
      return { ...value };
    },
    text(value: unknown, path: string, lengthMax: number): string {
      if (typeof value === 'string' && value.trim() !== '' && value.length <= lengthMax) return value;
      fault(path, `text of 1 to ${lengthMax} characters`);
      return '';
    },
    integer(value: unknown, path: string, min: number, max: number): number {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max)
        return value;
      fault(path, `an integer from ${min} to ${max}`);
      return min;
    },
    oneOf<Value extends string>(value: unknown, path: string, values: readonly [Value, ...Value[]]): Value {
      const found = values.find((one) => one === value);
      if (found === undefined) fault(path, `one of ${values.join(', ')}`);
      return found ?? values[0];
    },
    list(value: unknown, path: string, min: number, max: number): readonly unknown[] {
      if (Array.isArray(value) && value.length >= min && value.length <= max) return value;
      fault(path, `a list of ${min} to ${max}`);
      return [];
    },
  };
}
