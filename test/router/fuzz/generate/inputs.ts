import type { Random } from '../random.ts';
import {
  type ArgumentDraft,
  baseOf,
  type Draft,
  type EnumDraft,
  type Home,
  type InputDraft,
  wrap,
} from './draft.ts';

/** Enums, custom scalars and input types. */
export function addInputs(draft: Draft): void {
  const { random } = draft;
  const [scalars, enums, inputs] = [random.int(3), random.int(4), random.int(3)];
  for (let at = 0; at < scalars; at++) draft.scalars.push(`S${at}`);
  for (let at = 0; at < enums; at++) draft.enums.push(enumDraft(draft, `N${at}`));
  for (let at = 0; at < inputs; at++) draft.inputs.push(inputDraft(draft, `P${at}`));
}

function enumDraft(draft: Draft, name: string): EnumDraft {
  const { random } = draft;
  const role = random.pick(['INPUT', 'OUTPUT', 'BOTH'] as const);
  const core = Array.from({ length: random.between(1, 4) }, (_, at) => `${name}_V${at}`);
  const extra = new Map<Home, readonly string[]>();
  if (role !== 'BOTH') {
    for (const home of draft.homes) {
      if (random.chance(0.3)) extra.set(home, [`${name}_ONLY${home}`]);
    }
  }
  const inaccessible = new Set(core.length > 1 && random.chance(0.15) ? [core[0] as string] : []);
  return { name, role, core, extra, inaccessible };
}

function inputDraft(draft: Draft, name: string): InputDraft {
  const { random } = draft;
  const fields = Array.from({ length: random.between(1, 4) }, (_, at) => argumentDraft(draft, `p${at}`));
  if (random.chance(0.3)) fields.push({ name: 'self', type: random.chance(0.5) ? name : `[${name}!]` });
  const extra = new Map<Home, ArgumentDraft>();
  for (const home of draft.homes) {
    if (random.chance(0.15))
      extra.set(home, { name: `only${home}`, type: 'Int', ...(random.chance(0.5) ? { fallback: '7' } : {}) });
  }
  return { name, fields, extra };
}

/** Zero to two arguments. */
export function argumentDrafts(draft: Draft, chance: number): ArgumentDraft[] {
  const { random } = draft;
  if (!random.chance(chance)) return [];
  return Array.from({ length: random.between(1, 2) }, (_, at) => argumentDraft(draft, `a${at}`));
}

function argumentDraft(draft: Draft, name: string): ArgumentDraft {
  const { random } = draft;
  const base = random.pick([
    'Int',
    'String',
    'Boolean',
    'ID',
    'Float',
    ...draft.scalars,
    ...draft.enums.filter(({ role }) => role !== 'OUTPUT').map((one) => one.name),
    ...draft.inputs.map((one) => one.name),
  ]);
  const type = wrap(random, base, { list: 0.25, nonNull: 0.3 });
  if (random.chance(0.3)) return { name, type, fallback: literal(draft, random, type, 0) };
  const inaccessible = !type.endsWith('!') && random.chance(0.08);
  return inaccessible ? { name, type, inaccessible } : { name, type };
}

/** Text of a value of `type`. Required fields of input types are filled in, others by chance. */
export function literal(draft: Draft, random: Random, type: string, depth: number): string {
  if (!type.endsWith('!') && random.chance(depth > 1 ? 0.9 : 0.15)) return 'null';
  const inner = type.endsWith('!') ? type.slice(0, -1) : type;
  if (inner.startsWith('[')) {
    const items = Array.from({ length: random.int(3) }, () =>
      literal(draft, random, inner.slice(1, -1), depth + 1),
    );
    return `[${items.join(', ')}]`;
  }
  const base = baseOf(inner);
  const input = draft.inputs.find(({ name }) => name === base);
  if (input) {
    const given = input.fields.filter(
      (field) =>
        (field.type.endsWith('!') && field.fallback === undefined) || (depth < 2 && random.chance(0.4)),
    );
    return `{${given.map((field) => `${field.name}: ${literal(draft, random, field.type, depth + 1)}`).join(', ')}}`;
  }
  const values = draft.enums.find(({ name }) => name === base);
  if (values) return random.pick(values.core.filter((value) => !values.inaccessible.has(value)));
  return scalarLiteral(random, base);
}

export function scalarLiteral(random: Random, base: string): string {
  switch (base) {
    case 'Int':
      return String(random.between(-5, 100));
    case 'Float':
      return random.chance(0.3) ? String(random.int(9)) : `${random.int(50)}.5`;
    case 'Boolean':
      return String(random.chance(0.5));
    case 'ID':
      return random.chance(0.3) ? String(random.int(20)) : `"id${random.int(20)}"`;
    case 'String':
      return random.pick([
        '"x"',
        '""',
        '"two words"',
        '"\\"quoted\\" \\\\ \\n"',
        '"\u00fcml\u00e4ut \u{1f600}"',
        '"""block"""',
        '"$v"',
        '"__proto__"',
      ]);
    default:
      return random.pick(['1', '"s"', 'true', '1.5', '[1, "a"]', '{k: 1}', '{k: {constructor: [true]}}']);
  }
}
