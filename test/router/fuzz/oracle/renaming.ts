import { type FieldNode, Kind, print } from 'graphql';
import type { Answer } from './answer.ts';
import type { CaseError } from './errors.ts';

const PREFIX = 'zz_';

/**
 * Names for what a client gives a name or arguments to. Planners and Apollo's executor know fields by response name only:
 * what a client calls `f1`, or asks for as `f1(a: 1)`, takes the place of the `f1` that a key or `@requires` needs.
 */
export class Renaming {
  readonly #given = new Map<string, string>();
  readonly #keys = new Map<string, string>();

  rename(node: FieldNode): FieldNode {
    const { alias, name, arguments: args = [] } = node;
    const key = (alias ?? name).value;
    if (name.value.startsWith('__') || (key === name.value && args.length === 0)) return node;
    const identity = `${key} ${name.value} ${args.map(print).join()}`;
    const given = this.#given.get(identity) ?? `${PREFIX}${this.#given.size}`;
    this.#given.set(identity, given);
    this.#keys.set(given, key);
    return { ...node, alias: { kind: Kind.NAME, value: given } };
  }

  /** The answer by the client's names. */
  restore(answer: Answer): Answer {
    const restored = (error: CaseError): CaseError => ({
      ...error,
      path: error.path?.map((part) => this.#keys.get(String(part)) ?? part) ?? null,
    });
    return {
      ...answer,
      data: this.#restoreData(answer.data),
      errors: answer.errors.map(restored),
      misfits: answer.misfits.map(restored),
    };
  }

  #restoreData(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#restoreData(item));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, part]) => [
      this.#keys.get(key) ?? key,
      this.#restoreData(part),
    ]);
    return Object.fromEntries(entries);
  }
}
