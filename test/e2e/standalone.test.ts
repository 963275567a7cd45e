import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type ExecutionResult, type GraphQLSchema, parse } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { type Child, startChild, waitFor } from '../crash/child.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import { standaloneArguments, startStandalone } from './standaloneRouter.ts';

/** `omsx router --supergraph FILE`: the router alone, in front of subgraphs that know nothing of OMSX. */
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated"])`;
const PRODUCTS = `${LINK} type Query { product(id: ID!): Product } type Product @key(fields: "id") { id: ID! name: String }`;
const REVIEWS = `${LINK} type Product @key(fields: "id") { id: ID! reviews: [Review!]! } type Review { text: String! author: String @authenticated }`;

const resolvers = {
  products: { Query: { product: (_: unknown, { id }: { id: string }) => ({ id, name: `Product ${id}` }) } },
  reviews: { Product: { reviews: () => [{ text: 'good', author: 'A' }] } },
};

let folder: string;
let supergraph: string;
let log: string;
let servers: Server[];
let urls: Readonly<Record<'products' | 'reviews', string>>;
let seen: (string | undefined)[];
let router: Child | undefined;

function compose(reviews = REVIEWS): string {
  const { supergraphSdl, errors } = composeServices([
    { name: 'products', url: urls.products, typeDefs: parse(PRODUCTS) },
    { name: 'reviews', url: urls.reviews, typeDefs: parse(reviews) },
  ]);
  if (supergraphSdl === undefined) throw new Error(String(errors));
  return supergraphSdl;
}

async function serve(schema: GraphQLSchema): Promise<string> {
  const handle = createHandler({ schema });
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    void handle(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

beforeEach(async () => {
  folder = await makeTemporaryFolder();
  supergraph = join(folder, 'supergraph.graphql');
  log = join(folder, 'router.log');
  servers = [];
  seen = [];
  const schemaOf = (sdl: string, map: object): GraphQLSchema =>
    buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: map as never });
  urls = {
    products: await serve(schemaOf(PRODUCTS, resolvers.products)),
    reviews: await serve(schemaOf(REVIEWS, resolvers.reviews)),
  };
  await writeFile(supergraph, compose());
});

afterEach(async () => {
  await router?.stop();
  router = undefined;
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await removeFolder(folder);
});

async function start(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const started = await startStandalone({ supergraph, folder, logFile: log, args, environment });
  router = started.process;
  return started.url;
}

async function ask(
  url: string,
  query: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ExecutionResult> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as ExecutionResult;
}

const JOINED = '{ product(id: "7") { name reviews { text } } }';
const joined = { product: { name: 'Product 7', reviews: [{ text: 'good' }] } };

test('it joins subgraphs, passes the credentials on, guards fields, tells its health and ends on SIGTERM', async () => {
  const url = await start();
  expect(await ask(url, JOINED, { authorization: 'Bearer theirs' })).toMatchObject({ data: joined });
  expect(new Set(seen)).toEqual(new Set(['Bearer theirs']));
  expect((await fetch(new URL('/health', url))).status).toBe(200);
  const denied = await ask(url, '{ product(id: "7") { name reviews { text author } } }');
  expect(denied.data).toEqual({ product: { name: 'Product 7', reviews: [{ text: 'good', author: null }] } });
  expect(denied.errors).toMatchObject([
    { path: ['product', 'reviews', 0, 'author'], extensions: { code: 'UNAUTHENTICATED' } },
  ]);
  expect(await router?.stop('SIGTERM')).toBe(0);
}, 60_000);

test('cost is told, and limited once a limit is set', async () => {
  const told = await ask(await start(), JOINED);
  expect(told).toMatchObject({ data: joined, extensions: { cost: { estimated: 11, actual: 2 } } });
  await router?.stop();
  log = join(folder, 'limited.log');
  const limited = await start([], { OMSX_COST_MAX: '10' });
  expect(await ask(limited, JOINED)).toMatchObject({
    errors: [{ extensions: { code: 'COST_LIMIT_EXCEEDED', estimate: 11, maximum: 10 } }],
  });
}, 60_000);

test('a changed file is served without a restart; a broken one leaves the old one and is told', async () => {
  const url = await start();
  const changed = '{ product(id: "7") { stars: reviews { text } __typename } }';
  expect(await ask(url, '{ product(id: "7") { reviews { stars } } }')).toMatchObject({
    errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  });
  const asking = Array.from({ length: 20 }, () => ask(url, JOINED));
  await writeFile(supergraph, compose(REVIEWS.replace('text: String!', 'text: String! stars: Int')));
  await waitFor('the new supergraph', 10_000, async () => {
    const { errors } = await ask(url, '{ product(id: "7") { reviews { stars } } }');
    return errors?.[0]?.extensions?.code !== 'GRAPHQL_VALIDATION_FAILED';
  });
  for (const answer of await Promise.all(asking)) expect(answer).toMatchObject({ data: joined });
  await writeFile(supergraph, 'type Query { broken');
  await waitFor('the complaint', 10_000, async () =>
    (await readFile(log, 'utf8')).includes('the one before stays'),
  );
  expect(await ask(url, changed)).toMatchObject({ data: { product: { __typename: 'Product' } } });
}, 60_000);

test.each([
  [['--supergraph', '/nowhere/supergraph.graphql'], /ENOENT/],
  [['--port', '70000'], /--port is "70000"/],
  [['--subgraph', 'products'], /--subgraph is "products": expected NAME=URL/],
  [['--colour', 'red'], /Unknown option '--colour'/],
])('what it cannot use is said in a sentence: %j', async (args, reason) => {
  const child = startChild({
    program: process.execPath,
    args: standaloneArguments(supergraph, args),
    environment: {},
    folder,
    logFile: log,
  });
  await waitFor('its end', 20_000, async () => child.hasEnded());
  expect(await readFile(log, 'utf8')).toMatch(reason);
});
