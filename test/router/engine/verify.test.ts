import { parse } from 'graphql';
import { Joins } from '../../../router/engine/join.ts';
import { namingOf, PlannedNames } from '../../../router/engine/names.ts';
import { fromApollo } from '../../../router/engine/plan/apollo.ts';
import { toPlannedDocument } from '../../../router/engine/plan/document.ts';
import { fromHive } from '../../../router/engine/plan/hive.ts';
import type { EntityFetch, Plan, PlanNode } from '../../../router/engine/plan/plan.ts';
import { openInProcess } from '../../../router/engine/plan/process.ts';
import { missingFrom } from '../../../router/engine/plan/verify.ts';
import { widened } from '../../../router/engine/plan/widen.ts';
import { TypeConditions } from '../../../router/engine/types.ts';
import { OperationStore } from '../../../router/operation/store.ts';
import { compose } from './lab.ts';

const supergraph = compose({
  types: {
    sdl: `type Query { all: [Media!] any: Thing } union Thing = Book | Shelf
      interface Media @key(fields: "id") { id: ID! title: String }
      type Book implements Media @key(fields: "id") { id: ID! title: String shelf: Shelf } type Film implements Media @key(fields: "id") { id: ID! title: String }
      type Shelf @key(fields: "id") { id: ID! }`,
  },
  stars: {
    sdl: 'type Query { best: Media } type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }',
  },
  rooms: {
    sdl: 'type Shelf @key(fields: "id") { id: ID! height: Int room: Room label: String @requires(fields: "height") height: Int @external } type Room { name: String }'.replace(
      ' height: Int room',
      ' room',
    ),
  },
  heights: { sdl: 'type Shelf @key(fields: "id") { id: ID! height: Int }' },
});
const kit = {
  schema: supergraph.schema,
  joins: new Joins(supergraph),
  types: new TypeConditions(supergraph.schema),
};
const operations = new OperationStore(supergraph.apiSchema, (text) => parse(text));

/** Plans a query with both planners and gives what a change of the plan leaves out. */
async function planned(
  text: string,
  planner: 'hive' | 'apollo',
): Promise<{ plan: Plan; missing: (plan: Plan) => string | null }> {
  const { definition } = operations.get(text, undefined);
  const document = toPlannedDocument(definition, {
    apiSchema: supergraph.apiSchema,
    fragments: new Map(),
    conditions: new Map(),
    isDenied: () => false,
    names: new PlannedNames(namingOf(supergraph.schema)),
  });
  if (document === null) throw new Error('nothing to plan');
  const opened = await openInProcess(planner, supergraph.sdl);
  const raw = await opened.plan({ query: document.text, operationName: undefined, labels: new Set() });
  opened.close();
  const { selectionSet } = document;
  return {
    plan: planner === 'hive' ? fromHive(raw as never) : fromApollo(raw as never),
    missing: (plan) => missingFrom(plan, { rootType: 'Query', selectionSet }, kit),
  };
}

/** Every fetch of entities replaced by what `change` makes of it; left out when it makes nothing of it. */
function changed(node: PlanNode, change: (fetch: EntityFetch) => EntityFetch | null): PlanNode {
  if (node.kind === 'ROOT') return node;
  if (node.kind === 'ENTITIES') return change(node) ?? { kind: 'SEQUENCE', nodes: [] };
  return { ...node, nodes: node.nodes.map((one) => changed(one, change)) };
}

const QUERIES = [
  '{ all { __typename title stars ... on Book { shelf { id room { name } label height } } } any { ... on Book { title } ... on Shelf { label } } }',
  '{ best { stars title ... on Film { title } } all { t: title s: stars } }',
];

describe.each(['hive', 'apollo'] as const)('with the planner of %s', (planner) => {
  test.each(QUERIES)('a plan that brings everything is found to: %s', async (text) => {
    const { plan, missing } = await planned(text, planner);
    expect(missing(plan)).toBeNull();
  });

  test('a plan that leaves a fetch out is found out', async () => {
    const { plan, missing } = await planned(QUERIES[0] ?? '', planner);
    for (const subgraph of ['stars', 'rooms', 'heights']) {
      const node = plan.node && changed(plan.node, (fetch) => (fetch.subgraph === subgraph ? null : fetch));
      expect(missing({ node, primary: null })).not.toBeNull();
    }
  });

  test('a plan that asks for one type and forgets another is found out, and widened', async () => {
    const { plan, missing } = await planned('{ all { stars } }', planner);
    const narrow = (fetch: EntityFetch): EntityFetch => ({
      ...fetch,
      groups: fetch.groups.map((group) => ({
        ...group,
        requires: group.requires.map((one) => (one.kind === 'TYPE' ? { ...one, typeName: 'Film' } : one)),
      })),
    });
    const narrowed: Plan = { node: plan.node && changed(plan.node, narrow), primary: null };
    expect(missing(narrowed)).toBe('all.stars of Book');
    expect(missing(widened(narrowed))).toBeNull();
  });
});

test("Hive's planner forgets a type of an interface object, which is why plans are looked into", async () => {
  const { plan, missing } = await planned(
    '{ best { ... on Book { stars title } ... on Film { stars title } } }',
    'hive',
  );
  expect(missing(plan)).not.toBeNull();
  expect(missing(widened(plan))).toBeNull();
});
