import {
  baseOf,
  type Draft,
  type FieldDraft,
  fieldDraft,
  type Home,
  type InterfaceDraft,
  type ObjectDraft,
  type UnionDraft,
  wrap,
} from './draft.ts';
import { argumentDrafts } from './inputs.ts';
import { leaf, topFields } from './objects.ts';

const INTERFACES_MAX = 2;
const UNIONS_MAX = 2;

/** Interfaces whose fields are given to their implementers, before other fields are. */
export function addInterfaces(draft: Draft): void {
  const { random } = draft;
  // First, as it takes homes away from entities.
  if (random.chance(0.4)) addEntityInterface(draft);
  const count = random.int(INTERFACES_MAX + 1);
  for (let at = 0; at < count; at++) addInterface(draft, `I${at}`);
}

function addInterface(draft: Draft, name: string): void {
  const { random } = draft;
  const candidates = draft.objects.filter((object) => object.name !== 'R');
  const implementers = random.sample(candidates, random.between(1, 4));
  const fields = Array.from({ length: random.between(1, 3) }, (_, at) => ({
    ...fieldDraft(
      `${name.toLowerCase()}${at}`,
      wrap(random, returned(draft), { list: 0.2, nonNull: 0.15 }),
      draft.homes,
    ),
    args: argumentDrafts(draft, 0.15),
  }));
  for (const object of implementers) {
    for (const field of fields) object.fields.push(implementation(draft, object, field));
  }
  draft.interfaces.push({
    name,
    fields,
    implementers: implementers.map((object) => object.name),
    layout: new Map(),
    entity: null,
  });
}

function returned(draft: Draft): string {
  const kept = draft.interfaces.flatMap(({ entity, implementers }) => (entity ? implementers : []));
  const entities = draft.objects
    .filter(({ isEntity, name }) => isEntity && !kept.includes(name))
    .map(({ name }) => name);
  return entities.length > 0 && draft.random.chance(0.3) ? draft.random.pick(entities) : leaf(draft);
}

/** The interface's field as one type has it: sometimes it promises more than the interface does. */
function implementation(draft: Draft, object: ObjectDraft, field: FieldDraft): FieldDraft {
  const { random } = draft;
  const type = !field.type.endsWith('!') && random.chance(0.2) ? `${field.type}!` : field.type;
  const all = object.isEntity ? [...object.keys.keys()] : draft.homes;
  const homes = object.isEntity ? random.sample(all, random.chance(0.4) ? all.length : 1) : all;
  return { ...fieldDraft(field.name, type, homes), args: field.args };
}

/**
 * An interface with a key. One subgraph has it with all that implement it; others, which have none of these, add fields
 * to it as to an object.
 */
function addEntityInterface(draft: Draft): void {
  const { random } = draft;
  const [home, ...others] = random.shuffle(draft.homes) as [Home, ...Home[]];
  const adding = others.slice(0, random.between(1, 2));
  const candidates = draft.objects.filter((one) => one.isEntity && one.keys.has(home));
  const implementers = random.sample(candidates, random.between(1, 3));
  if (implementers.length === 0) return;
  const key = 'id';
  for (const object of implementers) {
    for (const one of adding) object.keys.delete(one);
    // All by the same key, so that whatever homes are left reach one another.
    for (const [one, keys] of object.keys) object.keys.set(one, [...new Set([key, ...keys])]);
    if (!object.keyFields.some(({ name }) => name === key)) object.keyFields.push(fieldDraft(key, 'ID!', []));
  }
  const added = new Map(
    adding.map((one) => [
      one,
      Array.from({ length: random.between(1, 2) }, (_, at) => ({
        ...fieldDraft(`k${one}${at}`, wrap(random, returned(draft), { list: 0.2, nonNull: 0.2 }), [one]),
        args: argumentDrafts(draft, 0.15),
      })),
    ]),
  );
  const names = implementers.map(({ name }) => name);
  const shared = fieldDraft('kf', wrap(random, leaf(draft), { list: 0.1, nonNull: 0.2 }), [home]);
  for (const object of implementers) object.fields.push({ ...shared, homes: new Set([home]) });
  const layout = new Map([[home, { fields: [...topFields(key), 'kf'], implementers: names }]]);
  const fields = [fieldDraft(key, 'ID!', []), shared];
  draft.interfaces.push({ name: 'K', fields, implementers: names, layout, entity: { home, key, added } });
}

/**
 * Takes references to the implementers of an interface with a key out of the subgraphs that add to it: to these it is
 * an object, and there are no implementers.
 */
export function keepOutImplementers(draft: Draft): void {
  for (const { name, entity, implementers } of draft.interfaces) {
    if (!entity) continue;
    const fields = [...draft.query, ...draft.mutation, ...draft.objects.flatMap((object) => object.fields)];
    for (const field of [
      ...fields,
      ...draft.interfaces.flatMap((one) => one.fields),
      ...[...entity.added.values()].flat(),
    ]) {
      if (
        !implementers.includes(baseOf(field.type)) ||
        ![...field.homes].some((home) => entity.added.has(home))
      )
        continue;
      field.type = field.type.replace(/[A-Za-z]\w*/, field.homes.size === 1 ? name : 'Int');
    }
  }
}

/** Decides what of each interface a subgraph has: fields that all its implementers there resolve. */
export function layOutInterfaces(draft: Draft): void {
  for (const one of draft.interfaces) {
    if (one.entity) continue;
    for (const home of draft.homes) layOut(draft, one, home);
  }
}

function layOut(draft: Draft, one: InterfaceDraft, home: Home): void {
  const { random } = draft;
  const names = one.fields.map(({ name }) => name);
  const fields = random.sample(names, random.between(1, names.length));
  const implementers = draft.objects.filter(
    (object) =>
      one.implementers.includes(object.name) &&
      fields.every((name) => object.fields.some((field) => field.name === name && field.homes.has(home))),
  );
  if (implementers.length === 0) return;
  one.layout.set(home, { fields, implementers: implementers.map(({ name }) => name) });
}

/** Unions of what each subgraph has. */
export function addUnions(draft: Draft): void {
  const { random } = draft;
  const count = random.int(UNIONS_MAX + 1);
  for (let at = 0; at < count; at++) {
    const objects = draft.objects.filter(({ name }) => name !== 'R');
    const members = random.sample(objects, random.between(1, 4));
    const layout: [Home, readonly string[]][] = draft.homes.map((home) => {
      const out = draft.interfaces
        .filter(({ entity }) => entity?.added.has(home))
        .flatMap((one) => one.implementers);
      const here = members.filter(
        (one) => !out.includes(one.name) && (!one.isEntity || one.keys.has(home) || random.chance(0.3)),
      );
      return [home, here.map(({ name }) => name)];
    });
    const union: UnionDraft = {
      name: `U${at}`,
      layout: new Map(layout.filter(([, here]) => here.length > 0)),
    };
    draft.unions.push(union);
  }
}

/** Abstract types that a field of this subgraph can return. */
export function abstractAt(draft: Draft, home: Home): readonly string[] {
  const interfaces = draft.interfaces.filter(
    ({ layout, entity }) => layout.has(home) || entity?.added.has(home) === true,
  );
  const unions = draft.unions.filter(({ layout }) => layout.has(home));
  return [...interfaces, ...unions].map(({ name }) => name);
}

/** Fields that return interfaces and unions, each in one subgraph. */
export function addAbstractFields(draft: Draft): void {
  const { random } = draft;
  for (const object of draft.objects.filter(({ isEntity }) => isEntity)) {
    const count = random.int(3);
    for (let at = 0; at < count; at++) {
      const home = random.pick([...object.keys.keys()]);
      const base = random.maybe(abstractAt(draft, home));
      if (base === undefined) continue;
      const type = wrap(random, base, { list: 0.4, nonNull: 0.15 });
      object.fields.push({ ...fieldDraft(`g${at}`, type, [home]), args: argumentDrafts(draft, 0.1) });
    }
  }
}
