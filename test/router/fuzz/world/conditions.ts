import type { Random } from '../random.ts';

/** How a subgraph fails as a whole. */
export type Outage =
  /** No answer to anything. */
  | 'SILENT'
  /** No answer to look-ups of entities. */
  | 'SILENT_ENTITIES'
  /** `data: null` and an error without a path. */
  | 'REFUSES'
  /** Answers, and adds an error without a path. */
  | 'COMPLAINS';

/** All that decides an answer besides the graph, the operation and its variables. */
export interface Conditions {
  readonly dataSeed: string;
  readonly nullRate: number;
  readonly errorRate: number;
  /** Share of the references whose object a subgraph does not have. */
  readonly missingRate: number;
  readonly outages: Readonly<Record<string, Outage>>;
  /** Of `@override(label:)`, those that hold. */
  readonly labels: readonly string[];
  /** Answers come late and out of order. */
  readonly isSlow: boolean;
  /** Answers pass through JSON, as over HTTP; otherwise they are handed over as they are. */
  readonly isJson: boolean;
}

/**
 * True when every right plan gives the same answer. A failed field takes with it what was fetched together with it, such
 * as the object's type, so even where failures depend on the data alone their reach depends on the plan.
 */
export function isPlanFree(conditions: Conditions): boolean {
  return (
    conditions.errorRate === 0 && conditions.missingRate === 0 && Object.keys(conditions.outages).length === 0
  );
}

/** True when every right plan gives the same data, but for what is near an error. */
export function hasPlanFreeData(conditions: Conditions): boolean {
  return (
    conditions.missingRate === 0 &&
    Object.values(conditions.outages).every((outage) => outage === 'COMPLAINS')
  );
}

export function generateConditions(random: Random, subgraphs: readonly string[]): Conditions {
  const kind = random.pick([
    'CLEAN',
    'CLEAN',
    'CLEAN',
    'ERRORS',
    'ERRORS',
    'MISSING',
    'OUTAGE',
    'STORM',
  ] as const);
  const isStormy = kind === 'STORM';
  const outages: Record<string, Outage> = {};
  if (kind === 'OUTAGE' || isStormy) {
    for (const name of random.sample(subgraphs, random.between(1, 2))) {
      outages[name] = random.pick(['SILENT', 'SILENT_ENTITIES', 'REFUSES', 'COMPLAINS'] as const);
    }
  }
  return {
    dataSeed: String(random.int(1_000_000)),
    nullRate: random.pick([0, 0.1, 0.3]),
    errorRate: kind === 'ERRORS' || isStormy ? random.pick([0.03, 0.1, 0.3]) : 0,
    missingRate: kind === 'MISSING' || isStormy ? random.pick([0.2, 0.5]) : 0,
    outages,
    labels: [],
    isSlow: random.chance(0.5),
    isJson: random.chance(0.5),
  };
}
