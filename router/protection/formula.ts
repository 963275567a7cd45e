/** A number that may depend on the variables of a request. */
export type Formula = number | ((scope: Scope) => number);
export type Variables = Readonly<Record<string, unknown>>;

/** One evaluation. */
export interface Scope {
  readonly variables: Variables;
  /** What `shared` formulas came to. */
  readonly values: Map<object, number>;
}

/** Numbers grow no further than this, so that they stay exact integers and JSON. */
export const SATURATED = Number.MAX_SAFE_INTEGER;

export function evaluate(formula: Formula, variables: Variables): number {
  return typeof formula === 'number' ? formula : formula({ variables, values: new Map() });
}

export function sum(formulas: readonly Formula[]): Formula {
  return fold(formulas, 0, (left, right) => Math.min(left + right, SATURATED));
}

export function product(left: Formula, right: Formula): Formula {
  if (left === 0 || right === 0) return 0;
  return fold([left, right], 1, (one, other) => Math.min(one * other, SATURATED));
}

/** Rounded up. */
export function quotient(formula: Formula, divisor: number): Formula {
  if (typeof formula === 'number') return Math.ceil(formula / divisor);
  return (scope) => Math.ceil(formula(scope) / divisor);
}

export function maximum(formulas: readonly Formula[]): Formula {
  return fold(formulas, 0, Math.max);
}

/** Worked out at most once in an evaluation, however often it is part of others. */
export function shared(formula: Formula): Formula {
  if (typeof formula === 'number') return formula;
  return (scope) => {
    const known = scope.values.get(formula);
    if (known !== undefined) return known;
    const value = formula(scope);
    scope.values.set(formula, value);
    return value;
  };
}

/** Joins with `join`, whose neutral element is `start`. What does not depend on variables is joined at once. */
function fold(
  formulas: readonly Formula[],
  start: number,
  join: (left: number, right: number) => number,
): Formula {
  let known = start;
  const open: ((scope: Scope) => number)[] = [];
  for (const formula of formulas) {
    if (typeof formula === 'number') known = join(known, formula);
    else open.push(formula);
  }
  if (open.length === 0) return known;
  return (scope) => {
    let value = known;
    for (const one of open) value = join(value, one(scope));
    return value;
  };
}
