export type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigReader = ReturnType<typeof createReader>;

const SECRET_LENGTH_MIN = 32;

/** Readers of one kind each. They collect faults, and answer something usable in place of a faulty value. */
export function createReader(environment: Environment) {
  const faults: string[] = [];
  const known = new Set<string>();

  function text(name: string): string | undefined {
    known.add(name);
    const value = environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  function oneOf<Value extends string>(name: string, values: readonly Value[], otherwise: Value): Value {
    const value = text(name) ?? otherwise;
    const found = values.find((one) => one === value);
    if (found === undefined) faults.push(`${name} is "${value}": expected one of ${values.join(', ')}`);
    return found ?? otherwise;
  }

  return {
    faults,
    known,
    text,
    oneOf,
    flag: (name: string, otherwise: boolean): boolean =>
      oneOf(name, ['true', 'false'], otherwise ? 'true' : 'false') === 'true',
    integer(name: string, min: number, max: number, otherwise: number): number {
      const value = text(name) ?? String(otherwise);
      const parsed = /^\d{1,9}$/.test(value) ? Number.parseInt(value, 10) : -1;
      if (parsed >= min && parsed <= max) return parsed;
      faults.push(`${name} is "${value}": expected an integer from ${min} to ${max}`);
      return otherwise;
    },
    url(name: string, protocols: readonly string[], isRequired = false): string | undefined {
      const value = text(name);
      const form = `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
      if (value === undefined && isRequired) faults.push(`${name} is missing: expected ${form}`);
      // Not repeated in the fault, because it may hold a password.
      if (value !== undefined && !protocols.includes(protocolOf(value))) {
        faults.push(`${name} is malformed: expected ${form}`);
      }
      return value;
    },
    /** Lists of URLs, separated by commas, by what stands behind `prefix` in the name. They may hold keys. */
    urlLists(prefix: string, protocols: readonly string[]): Readonly<Record<string, readonly string[]>> {
      const form = `URLs that start with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
      const names = Object.keys(environment).filter((name) => name.startsWith(prefix));
      const lists = names.flatMap((name) => {
        const given = (text(name) ?? '').split(',').map((value) => value.trim());
        const values = given.filter((value) => value !== '');
        if (!values.every((value) => protocols.includes(protocolOf(value)))) {
          faults.push(`${name} is malformed: expected ${form}, separated by commas`);
        }
        return values.length === 0 ? [] : [[name.slice(prefix.length), values] as const];
      });
      return Object.fromEntries(lists);
    },
    secret(name: string, isRequired: boolean): string | undefined {
      const value = text(name);
      if (value === undefined && isRequired)
        faults.push(`${name} is missing: expected at least ${SECRET_LENGTH_MIN} random characters`);
      if (value !== undefined && value.length < SECRET_LENGTH_MIN) {
        faults.push(`${name} has ${value.length} characters: expected at least ${SECRET_LENGTH_MIN}`);
      }
      return value;
    },
    origins(name: string): readonly string[] {
      const values = (text(name) ?? '').split(',').map((value) => value.trim());
      const given = values.filter((value) => value !== '');
      for (const value of given) {
        if (URL.canParse(value) && new URL(value).origin === value) continue;
        faults.push(
          `${name} has "${value}": expected origins such as https://app.example.com, separated by commas`,
        );
      }
      return given;
    },
  };
}

function protocolOf(value: string): string {
  return URL.canParse(value) ? new URL(value).protocol : '';
}
