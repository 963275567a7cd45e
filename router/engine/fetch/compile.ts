import { Kind } from 'graphql';
import type { EntityFetch, Path, Plan, PlanNode, RootFetch } from '../plan/plan.ts';
import { EntitiesStep } from './entities.ts';
import type { FetchKit } from './kit.ts';
import { placesIn, type Shape } from './merge.ts';
import { parseFetch, shapeOfGroup, shapeOfRoot } from './parsed.ts';
import { RootStep } from './root.ts';
import type { Run, Step } from './run.ts';
import { EntityTargets } from './targets.ts';

/** A plan that can be run. */
export interface CompiledPlan {
  readonly step: Step | null;
  readonly primary: RootStep | null;
}

export function compilePlan(plan: Plan, kit: FetchKit): CompiledPlan {
  const writers = countWriters(plan);
  const compiler: Compiler = { kit, writers };
  return {
    step: plan.node === null ? null : compileNode(plan.node, compiler),
    primary: plan.primary === null ? null : compileRoot(plan.primary, compiler),
  };
}

interface Compiler {
  readonly kit: FetchKit;
  /** How many selections of the plan write objects at a place. */
  readonly writers: ReadonlyMap<string, number>;
}

function compileNode(node: PlanNode, compiler: Compiler): Step {
  switch (node.kind) {
    case 'SEQUENCE':
      return inSequence(node.nodes.map((one) => compileNode(one, compiler)));
    case 'PARALLEL':
      return inParallel(node.nodes.map((one) => compileNode(one, compiler)));
    case 'ROOT':
      return compileRoot(node, compiler).run;
    case 'ENTITIES':
      return compileEntities(node, compiler).run;
  }
}

function inSequence(steps: readonly Step[]): Step {
  function from(first: number, run: Run): Promise<void> | undefined {
    for (let index = first; index < steps.length; index++) {
      const waiting = (steps[index] as Step)(run);
      if (waiting !== undefined) {
        return index + 1 === steps.length ? waiting : waiting.then(() => from(index + 1, run));
      }
    }
    return undefined;
  }
  return (run) => from(0, run);
}

function inParallel(steps: readonly Step[]): Step {
  return (run) => {
    const waiting: Promise<void>[] = [];
    for (const step of steps) {
      const one = step(run);
      if (one !== undefined) waiting.push(one);
    }
    if (waiting.length < 2) return waiting[0];
    return Promise.all(waiting).then(() => undefined);
  };
}

function compileRoot(fetch: RootFetch, { kit }: Compiler): RootStep {
  const parsed = parseFetch(fetch);
  const names = parsed.definition.selectionSet.selections.flatMap((node) =>
    node.kind === Kind.FIELD ? [(node.alias ?? node.name).value] : [],
  );
  return new RootStep(fetch, parsed.document, shapeOfRoot(parsed, fetch), names, kit);
}

function compileEntities(fetch: EntityFetch, { kit, writers }: Compiler): EntitiesStep {
  const parsed = parseFetch(fetch);
  const groups = fetch.groups.map((group) => {
    const shape = shapeOfGroup(parsed, group);
    const isShared = group.paths.every((path) =>
      placesIn(shape, placeOf(path)).every((place) => writers.get(place) === 1),
    );
    const { subgraph } = fetch;
    return new EntityTargets(group, { subgraph, document: parsed.document, shape, isShared }, kit);
  });
  return new EntitiesStep(fetch, parsed.document, groups, kit);
}

/**
 * Objects of one answer that several entities share may not be written by anything else, or what is meant for one
 * entity would show in another. So it is counted who writes where; lists and types make no difference to it.
 */
function countWriters({ node, primary }: Plan): ReadonlyMap<string, number> {
  const writers = new Map<string, number>();
  function count(shape: Shape, path: Path): void {
    for (const place of placesIn(shape, placeOf(path))) writers.set(place, (writers.get(place) ?? 0) + 1);
  }
  function visit(one: PlanNode): void {
    if (one.kind === 'SEQUENCE' || one.kind === 'PARALLEL') {
      for (const child of one.nodes) visit(child);
      return;
    }
    const parsed = parseFetch(one);
    if (one.kind === 'ROOT') count(shapeOfRoot(parsed, one), one.path);
    for (const group of one.kind === 'ROOT' ? [] : one.groups) {
      const shape = shapeOfGroup(parsed, group);
      for (const path of group.paths) count(shape, path);
    }
  }
  for (const one of [primary, node]) if (one !== null) visit(one);
  return writers;
}

function placeOf(path: Path): string {
  return path.flatMap((step) => (step.kind === 'FIELD' ? [`.${step.name}`] : [])).join('');
}
