import type { Attributes, Span } from '../../../platform/tracing.ts';
import type { OnPlan } from '../../../router/engine/plans.ts';
import { createMetrics } from '../../../router/observability/metrics.ts';
import { caller, type Lab, openLab } from '../engine/lab.ts';

/** What planning tells metrics and traces. */
const THINGS = { things: { sdl: 'type Query { thing: String other: String }' } };

interface Note {
  readonly request: string;
  readonly name: string;
  readonly ms: number;
  readonly attributes: Attributes | undefined;
}

let notes: Note[];
let told: Parameters<OnPlan>[0][];
let lab: Lab;

/** A span of which only notes are wanted. */
function spanOf(request: string): Span {
  const refuse = (): never => {
    throw new Error('planning adds nothing but notes');
  };
  return {
    traceId: '1',
    spanId: request,
    headers: {},
    child: refuse,
    note(name, startedAtMs, attributes) {
      notes.push({ request, name, ms: performance.now() - startedAtMs, attributes });
    },
    rename: refuse,
    set: refuse,
    link: refuse,
    fail: refuse,
    end: refuse,
  };
}

function run(text: string, name: string): ReturnType<Lab['run']> {
  return lab.engine.execute({ ...lab.request(text), caller: { ...caller, span: spanOf(name) } });
}

beforeEach(async () => {
  notes = [];
  told = [];
  lab = await openLab(THINGS, { planner: 'apollo', onPlan: (plan) => told.push(plan) });
});

afterEach(() => lab.close());

test('planning is part of the trace of each request that waits for it, and of no later one', async () => {
  await Promise.all([run('{ thing }', 'first'), run('{ thing }', 'second')]);
  await run('{ thing }', 'later');
  expect(notes).toEqual([
    { request: 'first', name: 'plan', ms: expect.any(Number), attributes: undefined },
    { request: 'second', name: 'plan', ms: expect.any(Number), attributes: undefined },
  ]);
  expect(notes[0]?.ms).toBeGreaterThanOrEqual(told.find(({ isHit }) => !isHit)?.ms ?? Infinity);
});

test('what is planned ahead is in no trace', async () => {
  await lab.engine.warm(lab.operation('{ thing }'), null, new Set());
  await run('{ thing }', 'first');
  expect(notes).toEqual([]);
});

test('what cannot be planned is told as such, and not kept', async () => {
  await run('{ thing }', 'fine');
  expect(lab.engine.planCount).toBe(1);
  await lab.close();
  const { errors } = await run('{ other }', 'failing');
  expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  expect(told.map(({ isHit, hasFailed }) => [isHit, hasFailed ?? false])).toEqual([
    [false, false],
    [false, true],
  ]);
  expect(notes.at(-1)).toMatchObject({
    request: 'failing',
    attributes: { 'error.type': expect.any(String) },
  });
  expect(lab.engine.planCount).toBe(1);
});

test('plans that are kept and those that failed are metrics', async () => {
  const { fetches, text } = createMetrics(null);
  await run('{ thing }', 'fine');
  await run('{ other }', 'fine');
  await lab.close();
  await run('{ thing other }', 'failing');
  for (const plan of told) fetches.observePlan(plan);
  fetches.watchPlanCache(() => lab.engine.planCount);
  const lines = (await text()).split('\n');
  expect(lines).toContain('omsx_router_plan_cache_size 2');
  expect(lines).toContain('omsx_router_plan_failures_total 1');
  expect(lines).toContain('omsx_router_plan_cache_total{result="miss"} 3');
});
