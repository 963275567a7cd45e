import type { Requirement } from '../plan/plan.ts';
import type { TypeConditions } from '../types.ts';
import { isRaw, type Raw } from './raw.ts';

/** A field of a representation. */
export interface RequiredField {
  /** Where it is found in the object. */
  readonly from: string;
  readonly name: string;
  readonly selections: readonly Requirement[] | null;
}

/** Lists of fields that apply to a type. A list with a field missing contributes nothing. */
export function partsFor(
  typeName: string,
  requires: readonly Requirement[],
  types: TypeConditions,
): readonly (readonly RequiredField[])[] {
  const own = requires.filter((one) => one.kind === 'FIELD');
  const inner = requires.flatMap((one) =>
    one.kind === 'TYPE' && types.admittedBy(one.typeName).has(typeName)
      ? partsFor(typeName, one.selections, types)
      : [],
  );
  return own.length === 0 ? inner : [own, ...inner];
}

/** Adds the fields of `part` to `into` when `source` has all of them. */
export function selectInto(
  into: Raw,
  source: Raw,
  part: readonly RequiredField[],
  types: TypeConditions,
): boolean {
  const selected: Raw = {};
  for (const { from, name, selections } of part) {
    if (!Object.hasOwn(source, from) || source[from] === undefined) return false;
    selected[name] = selections === null ? source[from] : select(source[from], selections, types);
  }
  combine(into, selected);
  return true;
}

function select(value: unknown, selections: readonly Requirement[], types: TypeConditions): unknown {
  if (Array.isArray(value)) return value.map((element) => select(element, selections, types));
  if (!isRaw(value)) return null;
  const selected: Raw = {};
  const own = selections.filter((one) => one.kind === 'FIELD');
  if (!selectInto(selected, value, own, types)) return null;
  const typeName = value.__typename;
  if (typeof typeName !== 'string') return selected;
  for (const one of selections) {
    if (one.kind !== 'TYPE') continue;
    for (const part of partsFor(typeName, [one], types)) selectInto(selected, value, part, types);
  }
  return selected;
}

/** Two parts may ask for different things of the same object. */
function combine(into: Raw, from: Raw): void {
  for (const [key, value] of Object.entries(from)) {
    const known = into[key];
    if (known === value) continue;
    if (isRaw(known) && isRaw(value)) combine(known, value);
    else if (Array.isArray(known) && Array.isArray(value) && known.length === value.length) {
      into[key] = known.map((element: unknown, index) => {
        const other: unknown = value[index];
        if (!isRaw(element) || !isRaw(other)) return other;
        combine(element, other);
        return element;
      });
    } else into[key] = value;
  }
}
