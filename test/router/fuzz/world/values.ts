import {
  GraphQLError,
  type GraphQLField,
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { hash, Random } from '../random.ts';
import type { Conditions } from './conditions.ts';
import type { Facts, FieldFacts, Spec } from './facts.ts';

/** One object of the made-up data: a type and a number say all about it. */
export class Instance {
  readonly type: string;
  readonly number: number;
  /** How the router referred to it, for what a field requires. */
  readonly reference: Readonly<Record<string, unknown>> | undefined;

  constructor(type: string, number: number, reference?: Readonly<Record<string, unknown>>) {
    this.type = type;
    this.number = number;
    this.reference = reference;
  }
}

/** Few, so that the same one is met along several ways. */
const INSTANCES_PER_TYPE = 6;
const LIST_LENGTH_MAX = 3;

/**
 * The value of a field, the same in every subgraph, whoever asks and however often.
 *
 * @param args as text that is equal for equal arguments
 * @param needed as text: what the field requires of others
 * @throws {GraphQLError} where the conditions say that resolving fails
 */
export function resolveValue(
  facts: Facts,
  conditions: Conditions,
  of: {
    readonly instance: Instance;
    readonly field: FieldFacts;
    readonly args: string;
    readonly needed: string;
  },
): unknown {
  const { instance, field, args, needed } = of;
  if (field.isIdentity) return identity(field, instance);
  const place = `${field.owner}.${field.name}|${instance.number}|${args}|${needed}`;
  const random = new Random(`${conditions.dataSeed}|${place}`);
  if (field.isUniform && random.chance(conditions.errorRate)) {
    throw new GraphQLError(`no ${field.owner}.${field.name} today`, { extensions: { code: 'NOT_FOUND' } });
  }
  return make(facts, conditions, field.spec, random);
}

/** Leaves of a key tell the number; objects on the way to them have it as well. */
function identity(field: FieldFacts, instance: Instance): unknown {
  const { spec } = field;
  if (spec.members) return new Instance(spec.members[0] ?? '', instance.number);
  switch (spec.leaf?.name) {
    case 'Int':
      return instance.number;
    case 'ID':
      return `i${instance.number}`;
    default:
      return `s${instance.number}`;
  }
}

function make(facts: Facts, conditions: Conditions, spec: Spec, random: Random): unknown {
  if (!spec.isNonNull && random.chance(conditions.nullRate)) return null;
  const { item, members, leaf } = spec;
  if (item) {
    const length = random.int(LIST_LENGTH_MAX + 1);
    return Array.from({ length }, () => make(facts, conditions, item, random));
  }
  if (leaf) return leafValue(leaf.name, leaf.values, random);
  if (members === undefined || members.length === 0) return null;
  const type = random.pick(members);
  const family = facts.family(type);
  return new Instance(type, random.int(INSTANCES_PER_TYPE) * family.length + family.indexOf(type));
}

function leafValue(name: string, values: readonly string[] | undefined, random: Random): unknown {
  if (values) return random.maybe(values) ?? null;
  switch (name) {
    case 'Int':
      return random.int(1000) - 100;
    case 'Float':
      return random.int(100) / 4;
    case 'Boolean':
      return random.chance(0.5);
    case 'ID':
      return `x${random.int(100)}`;
    case 'String':
      return random.pick(['', 'a', 'ümläut 😀', '__proto__', '"\\\n', `t${random.int(100)}`]);
    default:
      return random.pick<() => unknown>([
        () => random.int(100),
        () => `any${random.int(100)}`,
        () => [1, null, { deep: [random.int(9)] }],
        () => JSON.parse(`{"k":${random.int(9)},"__proto__":{"x":1},"constructor":null}`),
        () => ({ __typename: 'E0', id: random.int(9) }),
        () => false,
      ])();
  }
}

/** Which instance a representation is of. Undefined when its parts disagree or nothing tells. */
export function numberOf(
  facts: Facts,
  type: string,
  reference: Readonly<Record<string, unknown>>,
): number | undefined {
  const numbers = new Set<number>();
  collectNumbers(facts, type, reference, numbers);
  const [first] = numbers;
  return numbers.size === 1 ? first : undefined;
}

function collectNumbers(
  facts: Facts,
  type: string,
  value: Readonly<Record<string, unknown>>,
  into: Set<number>,
): void {
  for (const [name, part] of Object.entries(value)) {
    if (name === '__typename') continue;
    const field = facts.field(type, name);
    if (!field.isIdentity) continue;
    const [member] = field.spec.members ?? [];
    if (member !== undefined) {
      if (typeof part === 'object' && part !== null)
        collectNumbers(facts, member, part as typeof value, into);
    } else {
      const digits = /\d+/.exec(String(part));
      if (digits) into.add(Number(digits[0]));
    }
  }
}

/**
 * Arguments as text. Without what composition dropped and only one subgraph knows of.
 *
 * @param field as the supergraph has it
 */
export function argumentText(
  field: GraphQLField<unknown, unknown>,
  args: Readonly<Record<string, unknown>>,
): string {
  const kept = field.args.filter((one) => args[one.name] !== undefined);
  return stableText(Object.fromEntries(kept.map((one) => [one.name, known(one.type, args[one.name])])));
}

function known(type: GraphQLInputType, value: unknown): unknown {
  if (value === null) return null;
  if (isNonNullType(type)) return known(type.ofType, value);
  if (isListType(type)) return Array.isArray(value) ? value.map((item) => known(type.ofType, item)) : value;
  if (!isInputObjectType(type)) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const fields = Object.values(type.getFields()).filter((field) => given[field.name] !== undefined);
  return Object.fromEntries(fields.map((field) => [field.name, known(field.type, given[field.name])]));
}

/** JSON with sorted keys. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** From 0, below 1, for a place in the data. */
export function share(seed: string, place: string): number {
  return hash(`${seed}|${place}`) / 2 ** 32;
}
