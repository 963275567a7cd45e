import { differences, differencesFromMonolith, misordered } from './compare.ts';
import type { Evidence, Finding } from './evidence.ts';
import { knownDifference } from './known.ts';
import type { PlannerKind } from './ours.ts';
import { hasPlanFreeData, isPlanFree } from './world/conditions.ts';

export interface Judgement {
  readonly findings: readonly Finding[];
  /** Names of known differences that were met. */
  readonly known: readonly string[];
}

/** Holds what our engine answered against what is known to be right. */
export function judge(evidence: Evidence): Judgement {
  const findings: Finding[] = [];
  const known: string[] = [];
  for (const planner of ['apollo', 'hive'] as const) {
    for (const finding of findingsOf(evidence, planner, known)) {
      const name = knownDifference(evidence, finding);
      if (name === null) findings.push(finding);
      else known.push(name);
    }
  }
  return { findings, known };
}

function findingsOf(evidence: Evidence, planner: PlannerKind, known: string[]): readonly Finding[] {
  const ours = evidence.ours[planner];
  const reference = evidence.references[planner];
  const found: Finding[] = [];
  if (reference !== undefined) {
    const unequal = differences(ours, reference.answer);
    // Where what fails depends on what is fetched, only answers that fetched the same can be held against each other.
    const isComparable = isPlanFree(evidence.conditions) || isSameSet(ours.asked, reference.answer.asked);
    if (!isComparable) known.push('the plans differ');
    else if (unequal.length > 0) {
      found.push({ planner, against: reference.from, differences: unequal, ours, theirs: reference.answer });
    }
  }
  const { monolith } = evidence;
  const unequal = [
    ...misordered(ours.data, monolith.data),
    ...(hasPlanFreeData(evidence.conditions) ? differencesFromMonolith(ours, monolith) : []),
  ];
  if (unequal.length > 0)
    found.push({ planner, against: 'monolith', differences: unequal, ours, theirs: monolith });
  return found;
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}
