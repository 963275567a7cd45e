import { composeServices } from '@apollo/composition';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { lexicographicSortSchema, parse, printSchema } from 'graphql';
import { readSupergraph } from '../../../router/supergraph/read.ts';
import { SupergraphError } from '../../../router/supergraph/supergraph.ts';
import { readSupergraph as readOurs } from '../../harness/supergraph.ts';

function compose(services: Readonly<Record<string, string>>): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(services).map(([name, sdl]) => ({
      name,
      url: `http://${name}/graphql`,
      typeDefs: parse(sdl),
    })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

const LINK = (imports: string): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])`;

const HIDDEN = compose({
  one: `${LINK('"@key", "@inaccessible", "@tag", { name: "@requiresScopes", as: "@needs" }, "@authenticated", "@cost", "@listSize", "@shareable"')}
    type Query { a(open: Int, closed: Secret @inaccessible): A things(first: Int): [Thing] @listSize(slicingArguments: ["first"])
      hidden: Int @inaccessible union: U secret: SecretOut @inaccessible old: Int @deprecated(reason: "gone") }
    type A implements Node & Closed @key(fields: "id") { id: ID! @tag(name: "x") name: String @needs(scopes: [["a"]])
      closed: Int @inaccessible kind: Kind @cost(weight: 3) made: Stamp }
    interface Node { id: ID! }
    interface Closed @inaccessible { closed: Int @inaccessible }
    type SecretOut @inaccessible { x: Int }
    input Secret @inaccessible { x: Int }
    input Filter { open: Int closed: Int @inaccessible }
    type Thing @key(fields: "id") @authenticated { id: ID! list(filter: Filter): [Int] }
    union U = A | Thing | SecretOut
    enum Kind { OPEN CLOSED @inaccessible }
    scalar Stamp @specifiedBy(url: "https://example.com/stamp")`,
  two: `${LINK('"@key"')} type Query { b: Int } type A @key(fields: "id") { id: ID! extra: String }`,
});

test.each([
  ['the platform', readOurs()],
  ['one that hides types, fields, arguments, values, members and interfaces', HIDDEN],
])('the schema that clients see is the one that composition means: %s', (_, sdl) => {
  const apollo = Supergraph.build(sdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES })
    .apiSchema()
    .toGraphQLJSSchema();
  const shown = printSchema(lexicographicSortSchema(readSupergraph(sdl).apiSchema));
  expect(shown).toBe(printSchema(lexicographicSortSchema(apollo)));
});

test('subgraphs and the local names of directives are read, renamed ones too', () => {
  const { subgraphs, directives, id } = readSupergraph(HIDDEN);
  expect([...subgraphs.values()]).toEqual([
    { name: 'one', url: 'http://one/graphql' },
    { name: 'two', url: 'http://two/graphql' },
  ]);
  expect(directives).toMatchObject({
    requiresScopes: 'needs',
    authenticated: 'authenticated',
    policy: undefined,
  });
  expect(id).toMatch(/^[0-9a-f]{16}$/);
});

test.each([
  ['', /no GraphQL schema/],
  ['type Query { a: Int', /no GraphQL schema/],
  ['type Query { a: Int }', /does not link .*join/],
  [
    HIDDEN.replaceAll(/enum join__Graph \{[^}]*\}/g, 'enum join__Graph { ONE }').replace(
      /join__Graph \{ ONE \}/,
      'join__Other { ONE }',
    ),
    /join__Graph/,
  ],
  [
    HIDDEN.replace(
      '@link(url: "https://specs.apollo.dev/tag',
      '@link(url: "https://specs.example.com/vault/v1.0", for: SECURITY) @link(url: "https://specs.apollo.dev/tag',
    ),
    /vault for SECURITY/,
  ],
])('what cannot be served is refused with the reason (%#)', (sdl, reason) => {
  expect(() => readSupergraph(sdl)).toThrow(SupergraphError);
  expect(() => readSupergraph(sdl)).toThrow(reason);
});
