import { type Difference, differingData } from './compare.ts';
import type { Answer } from './oracle/answer.ts';
import type { PlannerKind } from './ours.ts';
import type { Conditions } from './world/conditions.ts';

/** Everything that was answered to one request. */
export interface Evidence {
  readonly text: string;
  readonly conditions: Conditions;
  readonly monolith: Answer;
  /** Absent where the planner gave up on the operation, or planned what subgraphs refuse. */
  readonly references: Readonly<Record<PlannerKind, Reference | undefined>>;
  /** What planners said that gave up. */
  readonly faults: Readonly<Record<PlannerKind, string | undefined>>;
  readonly ours: Readonly<Record<PlannerKind, Answer>>;
}

/** What an engine with this plan has to answer. */
export interface Reference {
  readonly answer: Answer;
  readonly from: string;
  /** What Apollo's executor answered, faults and all. */
  readonly stock?: Answer;
}

export interface Finding {
  readonly planner: PlannerKind;
  readonly against: string;
  readonly differences: readonly Difference[];
  readonly ours: Answer;
  readonly theirs: Answer;
}

/** Whether two answers hold the very same data, after the same mutations. */
export function isSameData(a: Answer, b: Answer): boolean {
  return differingData(a.data, b.data, []).length === 0 && a.diary.join() === b.diary.join();
}
