import { type Draft, type FieldDraft, fieldDraft, type Home, type ObjectDraft, wrap } from './draft.ts';
import { argumentDrafts } from './inputs.ts';

/** What an entity may be known by. `ref { id }` reaches into a value type. */
const KEYS: readonly string[] = ['id', 'code', 'num', 'id num', 'code num', 'ref { id }', 'id ref { id }'];
const KEY_FIELD_TYPES: Readonly<Record<string, string>> = {
  id: 'ID!',
  code: 'String!',
  num: 'Int!',
  ref: 'R!',
};
const ENTITIES_MAX = 5;
const VALUES_MAX = 3;

/** Names that a careless object would inherit. */
const ODD_NAMES: readonly string[] = ['constructor', 'toString', 'then', 'length', 'valueOf'];

/** Entities with their homes and keys, and value types. Fields come later, when it is known what they may return. */
export function addObjects(draft: Draft): void {
  const { random } = draft;
  const count = random.between(2, ENTITIES_MAX);
  for (let at = 0; at < count; at++) draft.objects.push(entityDraft(draft, `E${at}`));
  const values = random.int(VALUES_MAX + 1);
  for (let at = 0; at < values; at++) draft.objects.push(objectDraft(`V${at}`, false, []));
  draft.objects.push({ ...objectDraft('R', false, []), fields: [fieldDraft('id', 'ID!', draft.homes)] });
}

function objectDraft(name: string, isEntity: boolean, keyFields: FieldDraft[]): ObjectDraft {
  return { name, isEntity, keys: new Map(), keyFields, fields: [], externals: new Map(), stubs: new Map() };
}

/**
 * Every home shares a key with one before it, so that each can be reached from each, directly or through others (a chain
 * of keys).
 */
function entityDraft(draft: Draft, name: string): ObjectDraft {
  const { random } = draft;
  const pool = random.sample(KEYS, random.pick([1, 1, 2, 3]));
  const homes = random.sample(draft.homes, random.between(1, draft.homes.length));
  const keyFields = [...new Set(pool.flatMap((key) => topFields(key)))].map((field) =>
    fieldDraft(field, KEY_FIELD_TYPES[field] ?? 'ID!', []),
  );
  const entity = objectDraft(name, true, keyFields);
  for (const home of homes) {
    const before = [...new Set([...entity.keys.values()].flat())];
    const shared = before.length === 0 ? random.pick(pool) : random.pick(before);
    const own = random.chance(0.35) ? [random.pick(pool)] : [];
    entity.keys.set(home, [...new Set([shared, ...own])]);
  }
  return entity;
}

export function topFields(key: string): readonly string[] {
  return key
    .replace(/\{[^}]*\}/g, '')
    .split(/\s+/)
    .filter(Boolean);
}

/** Fields that return leaves, value types and entities. */
export function addFields(draft: Draft): void {
  const { random } = draft;
  const values: string[] = [];
  for (const object of draft.objects) {
    if (object.name === 'R') continue;
    const count = random.between(object.isEntity ? 2 : 1, object.isEntity ? 6 : 4);
    for (let at = 0; at < count; at++) {
      // A value type may only hold those before it: what is in one subgraph has to be whole there.
      const composite = object.isEntity
        ? draft.objects.map(({ name }) => name)
        : [...values, ...entities(draft)];
      object.fields.push(plainField(draft, object, fieldName(draft, at), composite));
    }
    if (!object.isEntity) values.push(object.name);
  }
}

/** Without those that implement an interface with a key, which cannot be in every subgraph. */
function entities(draft: Draft): readonly string[] {
  const kept = draft.interfaces.flatMap(({ entity, implementers }) => (entity ? implementers : []));
  return draft.objects
    .filter(({ isEntity, name }) => isEntity && !kept.includes(name))
    .map(({ name }) => name);
}

function fieldName(draft: Draft, at: number): string {
  return draft.random.chance(0.03) ? draft.random.pick(ODD_NAMES) : `f${at}`;
}

function plainField(
  draft: Draft,
  object: ObjectDraft,
  name: string,
  composite: readonly string[],
): FieldDraft {
  const { random } = draft;
  const base = composite.length > 0 && random.chance(0.4) ? random.pick(composite) : leaf(draft);
  const homes = homesOf(draft, object);
  const field = fieldDraft(name, wrap(random, base, { list: 0.3, nonNull: 0.25 }), homes);
  if (field.type.endsWith('!') && homes.length > 1 && random.chance(0.2)) field.weaker.add(homes[0] as Home);
  return { ...field, args: argumentDrafts(draft, object.isEntity ? 0.2 : 0.1) };
}

/** Mostly one; several make it `@shareable`. */
function homesOf(draft: Draft, object: ObjectDraft): readonly Home[] {
  const { random } = draft;
  if (!object.isEntity) return draft.homes;
  const homes = [...object.keys.keys()];
  return random.sample(homes, random.chance(0.25) ? random.between(1, homes.length) : 1);
}

export function leaf(draft: Draft): string {
  return draft.random.pick([
    'Int',
    'String',
    'String',
    'Boolean',
    'Float',
    'ID',
    ...draft.scalars,
    ...draft.enums.filter(({ role }) => role !== 'INPUT').map(({ name }) => name),
  ]);
}
