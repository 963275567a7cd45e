import type { EntityGroup } from '../plan/plan.ts';
import type { TypeConditions } from '../types.ts';
import { type Key, keyGuard, keysOf } from './keys.ts';
import type { FetchKit } from './kit.ts';
import type { Raw } from './raw.ts';
import { compileRewrites, type Rewriter } from './rewrite.ts';
import { partsFor, type RequiredField, selectInto } from './select.ts';

/** What tells representations of one form apart: a map for each part of it, the last one to their indexes. */
type Indexes = Map<unknown, unknown>;

/** The distinct representations of one request. */
export class Representations {
  readonly values: Raw[] = [];
  readonly #indexes: Indexes[] = [];

  of(form: number): Indexes {
    let indexes = this.#indexes[form];
    if (indexes === undefined) {
      indexes = new Map();
      this.#indexes[form] = indexes;
    }
    return indexes;
  }

  add(value: Raw): number {
    return this.values.push(value) - 1;
  }
}

/** Index of the entity's representation, which is added when it is new; -1 when there is none. */
type Represent = (entity: Raw, into: Representations) => number;

const NONE = -1;
const NEVER: Represent = () => NONE;
/** The form of those that are told apart by their JSON. */
const BY_TEXT = 0;

/**
 * Makes the representations of one group of entities. Compiled for each runtime type when it is met first; most are a
 * type name and one or a few scalars.
 */
export class Representer {
  readonly #group: EntityGroup;
  readonly #types: TypeConditions;
  readonly #keysOf: (typeName: string) => readonly Key[];
  readonly #rewriter: Rewriter | null;
  /** By runtime type; holds names of the supergraph only, however many a subgraph makes up. */
  readonly #compiled = new Map<string, Represent>();
  /** Numbers of the forms that consist of scalars, by type and fields. */
  readonly #forms = new Map<string, number>();

  constructor(group: EntityGroup, subgraph: string, kit: FetchKit) {
    const { types } = kit;
    this.#group = group;
    this.#types = types;
    this.#keysOf = (typeName) => keysOf(kit, subgraph, typeName);
    this.#rewriter = compileRewrites(group.inputRewrites, types);
  }

  /**
   * Index of the entity's representation among `into`; -1 for what the subgraph cannot be asked about: of another type, or
   * with a part missing, or with null for a key.
   */
  represent(entity: Raw, into: Representations): number {
    const typeName = entity.__typename;
    if (typeof typeName !== 'string') return NONE;
    let represent = this.#compiled.get(typeName);
    if (represent === undefined) {
      represent = this.#compile(typeName);
      if (represent !== NEVER) this.#compiled.set(typeName, represent);
    }
    return represent(entity, into);
  }

  #compile(typeName: string): Represent {
    const parts = partsFor(typeName, this.#group.requires, this.#types);
    if (parts.length === 0) return NEVER;
    const general = this.#general(parts);
    const sentAs = this.#sentTypeName(typeName);
    const [fields = []] = parts;
    const scalars = fields.filter(({ name }) => name !== '__typename');
    const isPlain = parts.length === 1 && scalars.every(({ selections }) => selections === null);
    if (!isPlain || sentAs === null || scalars.length === 0) return general;
    const names = scalars.map(({ name }) => name);
    const identity = `${sentAs} ${names.join(' ')}`;
    const form = this.#forms.get(identity) ?? this.#forms.size + 1;
    this.#forms.set(identity, form);
    const isKeyed = keyGuard(this.#keysOf(sentAs), new Set(names));
    return representScalars({ sentAs, scalars, form, isKeyed, general });
  }

  /** The type name after rewriting; null when more than the type name is rewritten. */
  #sentTypeName(typeName: string): string | null {
    if (this.#rewriter === null) return typeName;
    const { inputRewrites } = this.#group;
    const isOnlyTypeName = inputRewrites.every(
      ({ kind, path }) =>
        kind === 'SET' &&
        path.every((step, at) =>
          at === path.length - 1
            ? step.kind === 'FIELD' && step.name === '__typename'
            : step.kind === 'TYPES',
        ),
    );
    if (!isOnlyTypeName) return null;
    const probe: Raw = { __typename: typeName };
    this.#rewriter(probe);
    return String(probe.__typename);
  }

  #general(parts: readonly (readonly RequiredField[])[]): Represent {
    const names = new Set(parts.flat().map(({ name }) => name));
    const guards = new Map<string, (value: Raw) => boolean>();
    return (entity, into) => {
      const value: Raw = {};
      let isAny = false;
      for (const part of parts) isAny = selectInto(value, entity, part, this.#types) || isAny;
      if (!isAny) return NONE;
      this.#rewriter?.(value);
      const sentAs = value.__typename;
      if (typeof sentAs !== 'string') return NONE;
      let isKeyed = guards.get(sentAs);
      if (isKeyed === undefined) {
        isKeyed = keyGuard(this.#keysOf(sentAs), names);
        guards.set(sentAs, isKeyed);
      }
      if (!isKeyed(value)) return NONE;
      const text = JSON.stringify(value);
      const indexes = into.of(BY_TEXT);
      const known = indexes.get(text) as number | undefined;
      if (known !== undefined) return known;
      const index = into.add(value);
      indexes.set(text, index);
      return index;
    };
  }
}

/** Told apart by a map for each scalar in the other: three look-ups cost less than one text of three parts. */
function representScalars(compiled: {
  readonly sentAs: string;
  readonly scalars: readonly RequiredField[];
  readonly form: number;
  readonly isKeyed: (value: Raw) => boolean;
  readonly general: Represent;
}): Represent {
  const { sentAs, scalars, form, isKeyed, general } = compiled;
  const lastAt = scalars.length - 1;
  return (entity, into) => {
    let indexes: Indexes = into.of(form);
    for (let at = 0; at <= lastAt; at++) {
      const part = entity[(scalars[at] as RequiredField).from];
      // Scalars of the deployment's own may be objects.
      if (part === undefined || typeof part === 'function') return NONE;
      if (typeof part === 'object' && part !== null) return general(entity, into);
      const known = indexes.get(part);
      if (at === lastAt) {
        if (known !== undefined) return known as number;
        const value: Raw = { __typename: sentAs };
        for (const { from, name } of scalars) value[name] = entity[from];
        if (!isKeyed(value)) return NONE;
        const index = into.add(value);
        indexes.set(part, index);
        return index;
      }
      if (known === undefined) {
        const next = new Map() as Indexes;
        indexes.set(part, next);
        indexes = next;
      } else indexes = known as Indexes;
    }
    return NONE;
  };
}
