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
    const isComparable = isPlanFree(evidence.conditions) || cameToTheSame(ours.asked, reference.answer.asked);
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

/**
 * Where what fails depends on what is fetched, only answers for which the same was fetched can be held against each
 * other. Neither can they where a field of an object is asked of two subgraphs, as which answer counts is then for the
 * plan to say, and one of them may have failed.
 */
function cameToTheSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size || ![...a].every((one) => b.has(one))) return false;
  const subgraphs = new Map<string, string>();
  for (const line of a) {
    const [subgraph = '', ...rest] = line.replace(/ #\d+$/, '').split(' ');
    const place = rest.join(' ');
    if (subgraphs.has(place) && subgraphs.get(place) !== subgraph) return false;
    subgraphs.set(place, subgraph);
  }
  return true;
}
