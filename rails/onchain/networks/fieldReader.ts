import { type Address, getAddress, isAddress } from 'viem';

/** Readers of one kind of field each, for what an operator wrote. Faults name the path and what is expected, no value. */
export type FieldReader = ReturnType<typeof createFieldReader>;

const AMOUNT = /^\d{1,38}$/;
const CODE = /^[A-Z][A-Z0-9_]{0,31}$/;
const ADDRESS = /^0x[0-9a-f]{40}$/;

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** They collect faults, and answer something usable in place of a faulty value. */
export function createFieldReader(faults: string[]) {
  function fault(path: string, expected: string): void {
    faults.push(`${path}: expected ${expected}`);
  }

  return {
    fault,
    /** All of these fields and no others. */
    fields(value: unknown, path: string, names: readonly string[]): Fields {
      if (!isFields(value)) {
        fault(path, 'an object');
        return {};
      }
      for (const name of Object.keys(value)) {
        if (!names.includes(name)) fault(`${path}.${name}`, `one of ${names.join(', ')}`);
      }
      return value;
    },
    integer(value: unknown, path: string, min: number, max: number): number {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max)
        return value;
      fault(path, `an integer from ${min} to ${max}`);
      return min;
    },
    /** In JSON as a string of digits, because numbers there lose them. */
    amount(value: unknown, path: string, min = 0n): bigint {
      const amount = typeof value === 'string' && AMOUNT.test(value) ? BigInt(value) : value;
      if (typeof amount === 'bigint' && amount >= min) return amount;
      fault(path, `a string of up to 38 digits, ${min} or more`);
      return min;
    },
    flag(value: unknown, path: string): boolean {
      if (typeof value !== 'boolean') fault(path, 'true or false');
      return value === true;
    },
    code(value: unknown, path: string): string {
      if (typeof value === 'string' && CODE.test(value)) return value;
      fault(path, 'a code of capitals, digits and underscores');
      return '';
    },
    /** Checksummed, or all in lower case: a wrong letter in mixed case is a typing mistake. */
    address(value: unknown, path: string): Address {
      if (typeof value === 'string' && (ADDRESS.test(value) || isAddress(value, { strict: true })))
        return getAddress(value);
      fault(path, 'an address, checksummed or in lower case');
      return '0x0000000000000000000000000000000000000000';
    },
    list(value: unknown, path: string): readonly unknown[] {
      if (Array.isArray(value)) return value;
      fault(path, 'a list');
      return [];
    },
  };
}
