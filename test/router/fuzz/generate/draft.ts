import type { Random } from '../random.ts';

/** Index of a subgraph within a draft. */
export type Home = number;

/** A graph as it grows, before it is written down as one schema for each subgraph. */
export interface Draft {
  readonly random: Random;
  readonly homes: readonly Home[];
  readonly scalars: string[];
  readonly enums: EnumDraft[];
  readonly inputs: InputDraft[];
  /** Entities and value types. */
  readonly objects: ObjectDraft[];
  readonly interfaces: InterfaceDraft[];
  readonly unions: UnionDraft[];
  readonly query: FieldDraft[];
  readonly mutation: FieldDraft[];
}

export interface EnumDraft {
  readonly name: string;
  /** Composition unites the values of output, intersects those of input, and wants equal ones of what is both. */
  readonly role: 'INPUT' | 'OUTPUT' | 'BOTH';
  /** In every subgraph; only these are returned and sent. */
  readonly core: readonly string[];
  readonly extra: ReadonlyMap<Home, readonly string[]>;
  readonly inaccessible: ReadonlySet<string>;
}

export interface InputDraft {
  readonly name: string;
  readonly fields: readonly ArgumentDraft[];
  /** Optional fields that only one subgraph knows: composition drops them. */
  readonly extra: ReadonlyMap<Home, ArgumentDraft>;
}

export interface ArgumentDraft {
  readonly name: string;
  readonly type: string;
  readonly fallback?: string;
  readonly inaccessible?: boolean;
}

export interface ObjectDraft {
  readonly name: string;
  /** Value types have no key and are the same wherever they are. */
  readonly isEntity: boolean;
  /** Where it is resolved, with its keys there. Empty for value types, which are wherever something returns them. */
  readonly keys: Map<Home, readonly string[]>;
  readonly keyFields: FieldDraft[];
  readonly fields: FieldDraft[];
  /** Fields of others that a subgraph only knows of, for `@requires` and `@provides`. */
  readonly externals: Map<Home, Set<FieldDraft>>;
  /** Never resolved in these subgraphs, which only refer to it, by this key. */
  readonly stubs: Map<Home, string>;
}

export interface FieldDraft {
  readonly name: string;
  type: string;
  readonly args: readonly ArgumentDraft[];
  readonly homes: Set<Home>;
  /** Subgraphs that say it may be null, though the others say it may not. */
  readonly weaker: Set<Home>;
  readonly requires: Map<Home, string>;
  readonly provides: Map<Home, string>;
  /** The subgraph that takes it over, and from whom. */
  override?: { readonly home: Home; readonly from: Home; readonly label: string | null };
  inaccessible: boolean;
  /** By `@provides` somewhere, so that more than one subgraph resolves it. */
  provided: boolean;
}

export interface InterfaceDraft {
  readonly name: string;
  readonly fields: readonly FieldDraft[];
  readonly implementers: readonly string[];
  /** What of it each subgraph has. */
  readonly layout: Map<
    Home,
    { readonly fields: readonly string[]; readonly implementers: readonly string[] }
  >;
  /** For an interface with a key: where it is one, and the fields that others add to it as an `@interfaceObject`. */
  readonly entity: {
    readonly home: Home;
    readonly key: string;
    readonly added: Map<Home, FieldDraft[]>;
  } | null;
}

export interface UnionDraft {
  readonly name: string;
  readonly layout: ReadonlyMap<Home, readonly string[]>;
}

const BASE_PATTERN = /[A-Za-z_]\w*/;

/** `[Thing!]!` -> `Thing` */
export function baseOf(type: string): string {
  return BASE_PATTERN.exec(type)?.[0] ?? '';
}

/** Lists and non-null at random around a named type. */
export function wrap(random: Random, base: string, chances: { list: number; nonNull: number }): string {
  const bang = (type: string) => (random.chance(chances.nonNull) ? `${type}!` : type);
  let type = bang(base);
  if (random.chance(chances.list)) type = bang(`[${type}]`);
  if (type.includes('[') && random.chance(0.25)) type = bang(`[${type}]`);
  return type;
}

export function fieldDraft(name: string, type: string, homes: Iterable<Home>): FieldDraft {
  return {
    name,
    type,
    args: [],
    homes: new Set(homes),
    weaker: new Set(),
    requires: new Map(),
    provides: new Map(),
    inaccessible: false,
    provided: false,
  };
}
