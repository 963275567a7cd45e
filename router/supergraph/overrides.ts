import { createHash } from 'node:crypto';
import { isInterfaceType, isObjectType, valueFromASTUntyped } from 'graphql';
import type { Supergraph } from './supergraph.ts';

const PERCENT = /^percent\((\d{1,3}(?:\.\d{1,8})?)\)$/;
/** Steps of a hundredth of a percent. */
const BUCKETS = 10_000;
const NONE: ReadonlySet<string> = new Set();

/** Decides for one caller which labels of `@override(label:)` hold. */
export type Overrides = (callerKey: string) => ReadonlySet<string>;

/**
 * Progressive overrides: a label of the form `percent(x)` holds for x per cent of callers, always the same ones, so
 * that one caller's requests do not go back and forth between two subgraphs. Any other label holds when it is named
 * in `active`.
 *
 * @see https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/entities/migrate-fields
 */
export function createOverrides(supergraph: Supergraph, active: ReadonlySet<string>): Overrides {
  const labels = labelsOf(supergraph);
  const shares = new Map<string, number>();
  const always: string[] = [];
  for (const label of labels) {
    const percent = PERCENT.exec(label)?.[1];
    if (percent !== undefined) shares.set(label, Number(percent));
    else if (active.has(label)) always.push(label);
  }
  if (shares.size === 0 && always.length === 0) return () => NONE;
  return (callerKey) => {
    const held = new Set(always);
    const place = bucketOf(callerKey);
    for (const [label, percent] of shares) if (place < percent) held.add(label);
    return held;
  };
}

function bucketOf(callerKey: string): number {
  const hash = createHash('sha256').update(callerKey).digest().readUInt32BE(0);
  return ((hash % BUCKETS) * 100) / BUCKETS;
}

/** Of every field that is being moved. */
export function labelsOf(supergraph: Supergraph): ReadonlySet<string> {
  const labels = new Set<string>();
  for (const type of Object.values(supergraph.schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const { astNode } of Object.values(type.getFields())) {
      for (const directive of astNode?.directives ?? []) {
        const label = directive.arguments?.find(({ name }) => name.value === 'overrideLabel');
        if (label !== undefined) labels.add(String(valueFromASTUntyped(label.value)));
      }
    }
  }
  return labels;
}
