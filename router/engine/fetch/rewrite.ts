import { type DocumentNode, visit } from 'graphql';
import type { PlannedNames } from '../names.ts';
import type { Rewrite, RewritePath } from '../plan/plan.ts';
import type { TypeConditions } from '../types.ts';
import { mergeValue, type Shape } from './merge.ts';
import { isRaw, type Raw } from './raw.ts';

type Step = string | ReadonlySet<string>;

/** Changes a value in place where `path` leads. */
export type Rewriter = (value: unknown) => void;

/**
 * Null when there is nothing to rewrite.
 *
 * @param shape of what is rewritten: a field that gets the name of another one with selections is merged into it
 */
export function compileRewrites(
  rewrites: readonly Rewrite[],
  types: TypeConditions,
  shape: Shape = NO_SHAPE,
): Rewriter | null {
  const each = rewrites.map((rewrite) => compileRewrite(rewrite, types, shape));
  if (each.length === 0) return null;
  return (value) => {
    for (const rewriter of each) rewriter(value);
  };
}

const NO_SHAPE: Shape = new Map();

function compileRewrite(rewrite: Rewrite, types: TypeConditions, shape: Shape): Rewriter {
  const steps = stepsOf(rewrite.path, types);
  const field = steps.pop();
  // Only a field can be set or renamed.
  if (typeof field !== 'string') return () => undefined;
  if (rewrite.kind === 'SET') {
    return (value) =>
      visitAt(value, steps, 0, (object) => {
        object[field] = rewrite.value;
      });
  }
  const { name } = rewrite;
  const below = shapeAt(shape, steps).get(name);
  return (value) =>
    visitAt(value, steps, 0, (object) => {
      const renamed = Object.hasOwn(object, field) ? object[field] : undefined;
      if (renamed === undefined) return;
      const known = Object.hasOwn(object, name) ? object[name] : undefined;
      const isMerged = below !== undefined && known !== undefined && known !== null && renamed !== null;
      object[name] = isMerged ? mergeValue(known, renamed, below, types) : (renamed ?? known ?? null);
      object[field] = undefined;
    });
}

function shapeAt(shape: Shape, steps: readonly Step[]): Shape {
  let at = shape;
  for (const step of steps) if (typeof step === 'string') at = at.get(step) ?? NO_SHAPE;
  return at;
}

function stepsOf(path: RewritePath, types: TypeConditions): Step[] {
  return path.map((step) => (step.kind === 'FIELD' ? step.name : types.admittedByAny(step.names)));
}

function visitAt(value: unknown, steps: readonly Step[], at: number, visit: (object: Raw) => void): void {
  if (Array.isArray(value)) {
    for (const element of value) visitAt(element, steps, at, visit);
    return;
  }
  if (!isRaw(value)) return;
  const step = steps[at];
  if (step === undefined) visit(value);
  else if (typeof step === 'string') {
    if (Object.hasOwn(value, step)) visitAt(value[step], steps, at + 1, visit);
  } else if (typeof value.__typename !== 'string' || step.has(value.__typename)) {
    visitAt(value, steps, at + 1, visit);
  }
}

/** The new names of what is renamed. */
export function newNames(rewrites: readonly Rewrite[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const rewrite of rewrites) {
    const last = rewrite.path.at(-1);
    if (rewrite.kind === 'RENAME' && last?.kind === 'FIELD') names.set(last.name, rewrite.name);
  }
  return names;
}

/**
 * What the parts of an error's path have to be called instead: rewritten names, and fields by the aliases that the
 * planner gave them. Worked out with the first error, as most plans never see one.
 */
export function renamesOf(
  rewrites: readonly Rewrite[],
  document: DocumentNode,
  names: PlannedNames,
): () => ReadonlyMap<string, string> {
  let known: ReadonlyMap<string, string> | undefined;
  return () => {
    known ??= collectRenames(rewrites, document, names);
    return known;
  };
}

function collectRenames(
  rewrites: readonly Rewrite[],
  document: DocumentNode,
  names: PlannedNames,
): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  visit(document, {
    Field({ alias, name }) {
      if (alias !== undefined && !names.has(alias.value)) renames.set(alias.value, name.value);
    },
  });
  for (const [alias, name] of newNames(rewrites)) renames.set(alias, name);
  return renames;
}

export function renamed(
  path: readonly (string | number)[],
  renames: ReadonlyMap<string, string>,
): readonly (string | number)[] {
  return path.map((part) => (typeof part === 'string' ? (renames.get(part) ?? part) : part));
}
