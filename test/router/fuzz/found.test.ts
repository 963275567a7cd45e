import { type Fixture, runFixture } from './fixture.ts';

/** Every fault that the fuzzer found in the engine, as small as it got. Each of them failed once. */
const CASES: readonly Fixture[] = [
  {
    // Hive's planner writes one `@` for a list of lists, Apollo's two.
    name: 'entities in a list of lists are looked up',
    subgraphs: {
      a: 'type Query { rows: [[Thing]] } type Thing @key(fields: "id") { id: ID! }',
      b: 'type Thing @key(fields: "id") { id: ID! name: String }',
    },
    text: '{ rows { name } }',
  },
  {
    // Hive's planner does not fetch a field whose selections can never apply.
    name: 'an object of which nothing applies is an empty object, not null',
    subgraphs: {
      a: `type Query { thing: I other: Int }
          interface I { x: Int }
          union U = V | E
          type V implements I @shareable { x: Int }
          type E implements I @key(fields: "id") { id: ID! x: Int u: U }`,
      b: 'type Query { more: Int }',
    },
    text: '{ thing { ... on V { ... on U { ... on E { x } } } } other }',
  },
  {
    name: 'an object of which a condition leaves nothing is an empty object, not null',
    subgraphs: {
      a: `type Query { thing: I other: Int }
          interface I { x: Int }
          union U = V | E
          type V implements I @shareable { x: Int }
          type E implements I @key(fields: "id") { id: ID! x: Int u: U }`,
      b: 'type Query { more: Int }',
    },
    text: `query ($v: Boolean!) {
      thing { ... on I @include(if: $v) { x } ... on E { ... on U { ... on V { x } } } }
      other
    }`,
    variables: { v: false },
  },
  {
    // Hive's planner asks for the object without its key, and then for more of it by its key. What makes it do so is in
    // the other types; without any of them it does not.
    name: 'what an interface object leads to is fetched from where the interface is one',
    subgraphs: {
      a: 'type K @key(fields: "id") @interfaceObject { id: ID! next: K }',
      b: `type E @key(fields: "id") @key(fields: "id ref { id }") {
            id: ID! ref: R! more: [E] @requires(fields: "f") f: Float! @external
          }
          type D implements I @key(fields: "code num") { code: String! num: Int! i: Boolean! s: S @shareable }
          interface I { i: Boolean }
          type R @shareable { id: ID! }
          scalar S`,
      c: `type Query { e: E ds: [D] @provides(fields: "s") }
          type E implements K @key(fields: "id") @key(fields: "id ref { id }") {
            id: ID! ref: R! f: Float! @shareable
          }
          type D @key(fields: "code num", resolvable: false) { code: String! num: Int! s: S @external }
          interface K @key(fields: "id") { id: ID! f: Float! }
          type R @shareable { id: ID! }
          scalar S`,
    },
    text: '{ e { next { f } } }',
  },
  {
    // Apollo's planner puts what comes in a fragment first.
    name: 'mutations are made in the order of the operation, fragments in their place',
    subgraphs: { a: 'type Query { q: Int } type Mutation { first: Int second: Int }' },
    text: 'mutation { first ...F } fragment F on Mutation { second first }',
  },
  {
    // Hive's planner leaves out the type where only fields of the interface are selected.
    name: "a null is passed up where the object's type does not allow what its interface does",
    subgraphs: {
      a: `type Query { list: [I] }
          interface I { e: E }
          type V implements I { e: E! }
          type W implements I { e: E }
          type E @key(fields: "id") { id: ID! }`,
      b: 'type E @key(fields: "id") { id: ID! n: Int! }',
    },
    text: '{ list { e { n } } }',
    conditions: { outages: { b: 'SILENT' } },
  },
  {
    // Hive's planner opens a fragment that always applies, and with it the only sign of the object's type goes.
    name: 'fields in a fragment are there where an interface has one possible type',
    subgraphs: {
      a: `interface K @key(fields: "id") { id: ID! f: Float }
          type E implements K @key(fields: "id") { id: ID! f: Float }
          type Query { k: K }`,
      b: 'type K @key(fields: "id") @interfaceObject { id: ID! g: Int }',
    },
    text: '{ k { ... on E { f } } }',
  },
];

test.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, fixture) => {
  const { evidence, judgement } = await runFixture(fixture);
  const wrong = judgement.findings.map(({ planner, against, differences }) => ({
    planner,
    against,
    differences,
  }));
  expect(wrong).toEqual([]);
  if (fixture.conditions !== undefined) return;
  expect(evidence.ours.hive.data).toEqual(evidence.monolith.data);
  expect(evidence.ours.apollo.data).toEqual(evidence.monolith.data);
});
