import { baseOf, type Draft, type FieldDraft, type Home, type ObjectDraft } from './draft.ts';
import { literal } from './inputs.ts';

/** Of fields that are taken over by degrees: which of them hold is decided for each request. */
export const LABELS: readonly string[] = ['launch1', 'launch2'];

/** `@requires`, `@provides`, `@override` and `@inaccessible` on what is there. */
export function addDirectives(draft: Draft): void {
  const { random } = draft;
  for (const object of draft.objects) {
    if (!object.isEntity) continue;
    if (random.chance(0.55)) addRequires(draft, object);
    if (random.chance(0.3)) addOverride(draft, object);
  }
  const entityFields = draft.objects.filter(({ isEntity }) => isEntity).flatMap(({ fields }) => fields);
  for (const field of [...draft.query, ...draft.mutation, ...entityFields]) {
    for (const home of field.homes) {
      if (random.chance(0.25)) addProvides(draft, field, home);
    }
  }
  addInaccessible(draft);
}

/** A field that needs one or two others, which other subgraphs have. */
function addRequires(draft: Draft, object: ObjectDraft): void {
  const { random } = draft;
  const dependents = object.fields.filter(
    (field) => field.homes.size === 1 && !isOfInterface(draft, object, field) && field.requires.size === 0,
  );
  const field = random.maybe(dependents);
  if (field === undefined) return;
  const [home] = [...field.homes] as [Home];
  const needed = object.fields.filter((one) => one !== field && isNeedable(draft, object, one, home));
  const chosen = random.sample(needed, random.between(1, 2));
  if (chosen.length === 0) return;
  field.requires.set(home, chosen.map((one) => requirement(draft, one, home)).join(' '));
  for (const one of chosen) external(object, home, one);
}

function isNeedable(draft: Draft, object: ObjectDraft, field: FieldDraft, home: Home): boolean {
  if (field.homes.has(home) || field.override !== undefined) return false;
  // Only what depends on nothing, or on what comes before: no field may need itself over a detour.
  if (field.requires.size > 0 && draft.random.chance(0.5)) return false;
  const base = baseOf(field.type);
  const target = draft.objects.find(({ name }) => name === base);
  const isAbstract = [...draft.interfaces, ...draft.unions].some(({ name }) => name === base);
  if (target !== undefined) return target !== object && leavesOf(draft, target, home).length > 0;
  return !isAbstract;
}

/** Leaves below an object that another subgraph may ask for as part of a requirement. */
function leavesOf(draft: Draft, target: ObjectDraft, home: Home): readonly FieldDraft[] {
  const plain = target.fields.filter(
    (field) =>
      isLeaf(draft, field) && field.args.length === 0 && field.requires.size === 0 && !field.override,
  );
  return target.isEntity ? plain.filter((field) => !field.homes.has(home)) : plain;
}

function isLeaf(draft: Draft, field: FieldDraft): boolean {
  const base = baseOf(field.type);
  return ![...draft.objects, ...draft.interfaces, ...draft.unions].some(({ name }) => name === base);
}

/** The field in a field set: with literals for its arguments, and leaves below it. */
function requirement(draft: Draft, field: FieldDraft, home: Home): string {
  const { random } = draft;
  const given = field.args.filter(
    (one) => (one.type.endsWith('!') && one.fallback === undefined) || random.chance(0.6),
  );
  const args = given.map((one) => `${one.name}: ${literal(draft, random, one.type, 1)}`).join(', ');
  const target = draft.objects.find(({ name }) => name === baseOf(field.type));
  const leaves = target ? random.sample(leavesOf(draft, target, home), random.between(1, 2)) : [];
  if (target?.isEntity) for (const leaf of leaves) external(target, home, leaf);
  const below = target ? ` { ${leaves.map(({ name }) => name).join(' ')} }` : '';
  return `${field.name}${args ? `(${args})` : ''}${below}`;
}

function external(object: ObjectDraft, home: Home, field: FieldDraft): void {
  const known = object.externals.get(home) ?? new Set();
  object.externals.set(home, known.add(field));
}

function isOfInterface(draft: Draft, object: ObjectDraft, field: FieldDraft): boolean {
  return draft.interfaces.some(
    (one) => one.implementers.includes(object.name) && one.fields.some(({ name }) => name === field.name),
  );
}

/** Leaves of the entity that is returned, which this subgraph can tell along this way only. */
function addProvides(draft: Draft, field: FieldDraft, home: Home): void {
  const { random } = draft;
  const target = draft.objects.find(({ name, isEntity }) => isEntity && name === baseOf(field.type));
  if (target === undefined || field.provides.has(home)) return;
  const leaves = target.fields.filter(
    (one) =>
      isLeaf(draft, one) &&
      !one.homes.has(home) &&
      one.requires.size === 0 &&
      !one.override &&
      one.args.length === 0,
  );
  const chosen = random.sample(leaves, random.between(1, 2));
  if (chosen.length === 0) return;
  field.provides.set(home, chosen.map(({ name }) => name).join(' '));
  for (const one of chosen) {
    one.provided = true;
    external(target, home, one);
  }
}

/** Another home takes the field over; the old one still has it. */
function addOverride(draft: Draft, object: ObjectDraft): void {
  const { random } = draft;
  const isExternal = (field: FieldDraft) => [...object.externals.values()].some((set) => set.has(field));
  const field = random.maybe(
    object.fields.filter(
      (one) => one.homes.size === 1 && one.requires.size === 0 && !isExternal(one) && isLeaf(draft, one),
    ),
  );
  if (field === undefined || isOfInterface(draft, object, field)) return;
  const [from] = [...field.homes] as [Home];
  const home = random.maybe([...object.keys.keys()].filter((one) => one !== from));
  if (home === undefined) return;
  field.homes.add(home);
  field.override = { home, from, label: random.pick([null, null, ...LABELS]) };
}

/** Fields that only subgraphs know. A type keeps at least one that is seen. */
function addInaccessible(draft: Draft): void {
  const { random } = draft;
  for (const object of draft.objects) {
    if (!random.chance(0.15) || object.fields.length < 2) continue;
    const field = random.pick(object.fields);
    if (!isOfInterface(draft, object, field)) field.inaccessible = true;
  }
  const hidden = draft.objects.flatMap(({ keyFields }) => keyFields).filter(({ name }) => name === 'code');
  for (const field of hidden) if (random.chance(0.2)) field.inaccessible = true;
}
