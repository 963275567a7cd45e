import { Kind, type TypeDefinitionNode } from 'graphql';
import { nameOf } from './contractFaults.ts';
import { type ContractSource, type Part, partsOf } from './contractFilter.ts';

/**
 * Types that no operation gets to from `roots` by way of what is kept. Behind an interface stand all types that
 * implement it. An interface that only its own implementations lead to is kept, for fragments may name it, and does not
 * lead to the others.
 */
export function unreachableTypes(
  source: ContractSource,
  hidden: ReadonlySet<Part>,
  roots: readonly string[],
): readonly TypeDefinitionNode[] {
  const implementations = implementationsOf(source.types);
  const returned = new Set<string>();
  const named = new Set<string>();
  const queue = roots.map((name) => ({ name, isReturned: true }));
  // Grows while it is walked, by each type twice at most.
  for (const { name, isReturned } of queue) {
    const type = source.types.get(name);
    const seen = isReturned ? returned : named;
    if (type === undefined || hidden.has(type) || seen.has(name)) continue;
    seen.add(name);
    for (const next of typesIn(type, hidden)) queue.push({ name: next, isReturned: true });
    if (isReturned) {
      for (const next of implementations.get(name) ?? []) queue.push({ name: next, isReturned: true });
    }
    for (const next of 'interfaces' in type ? (type.interfaces ?? []) : []) {
      queue.push({ name: next.name.value, isReturned: false });
    }
  }
  return [...source.types.values()].filter(
    (type) => !hidden.has(type) && !returned.has(type.name.value) && !named.has(type.name.value),
  );
}

/** Of its fields and their arguments, or its members. */
function typesIn(type: TypeDefinitionNode, hidden: ReadonlySet<Part>): readonly string[] {
  if (type.kind === Kind.UNION_TYPE_DEFINITION) return (type.types ?? []).map(({ name }) => name.value);
  return partsOf(type).flatMap((part) => {
    if (part.kind === Kind.ENUM_VALUE_DEFINITION || hidden.has(part)) return [];
    const given = part.kind === Kind.FIELD_DEFINITION ? (part.arguments ?? []) : [];
    return [part, ...given.filter((argument) => !hidden.has(argument))].map(({ type: of }) => nameOf(of));
  });
}

function implementationsOf(
  types: ReadonlyMap<string, TypeDefinitionNode>,
): ReadonlyMap<string, readonly string[]> {
  const implementations = new Map<string, string[]>();
  for (const type of types.values()) {
    if (!('interfaces' in type)) continue;
    for (const { name } of type.interfaces ?? []) {
      implementations.set(name.value, [...(implementations.get(name.value) ?? []), type.name.value]);
    }
  }
  return implementations;
}
