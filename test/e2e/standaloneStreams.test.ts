import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import { type StreamServer, startStreamServer } from '../router/transport/streams.ts';
import { openEvents } from '../streaming/eventSource.ts';
import { connect, type RawClient } from '../streaming/routerHarness.ts';
import { waitFor } from '../streaming/support.ts';
import { type Standalone, startStandalone } from './standaloneRouter.ts';

/** Subscriptions that a subgraph serves by itself, through `omsx router --supergraph FILE`, as its operator runs it. */
const TICKS = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { x: Int } type Subscription { ticks(name: String!): String }`;
const SOCKETS = 12;

let folder: string;
let subgraph: StreamServer;
let router: Standalone;

async function start(protocol: 'ws' | 'sse'): Promise<void> {
  folder = await makeTemporaryFolder();
  subgraph = await startStreamServer(protocol === 'ws' ? 'graphql-transport-ws' : 'sse');
  const { supergraphSdl } = composeServices([{ name: 'ticks', url: subgraph.url, typeDefs: parse(TICKS) }]);
  const supergraph = join(folder, 'supergraph.graphql');
  await writeFile(supergraph, String(supergraphSdl));
  router = await startStandalone({
    supergraph,
    folder,
    logFile: join(folder, 'router.log'),
    args: ['--subscriptions', protocol],
  });
}

afterEach(async () => {
  await router.process.kill9();
  await subgraph.close();
  await removeFolder(folder);
});

async function subscribe(name: string): Promise<RawClient> {
  const client = await connect(router.url.replace('http', 'ws'));
  client.send({ type: 'connection_init' });
  await client.next('connection_ack');
  const query = 'subscription ($name: String!) { ticks(name: $name) }';
  client.send({ id: '1', type: 'subscribe', payload: { query, variables: { name } } });
  return client;
}

test.each(['ws', 'sse'] as const)(
  'streams of a subgraph that serves %s reach sockets and event streams, and SIGTERM sends each client away with a time of its own to come back (hive gateway#2546)',
  async (protocol) => {
    await start(protocol);
    const clients = await Promise.all(Array.from({ length: SOCKETS }, () => subscribe('a')));
    const query = 'subscription { ticks(name: "a") }';
    const events = await openEvents(router.url, { query });
    await waitFor('one stream for all', () => subgraph.open().length >= 1);
    for (const client of clients) {
      client.send({ type: 'ping' });
      await client.next('pong');
    }
    subgraph.publish('a', 'one');
    for (const client of clients)
      expect(await client.next('next')).toMatchObject([{ payload: { data: { ticks: 'one' } } }]);
    expect(await events.next(1)).toMatchObject([{ result: { data: { ticks: 'one' } } }]);

    const stopped = router.process.stop('SIGTERM');
    const closes = await Promise.all(clients.map(({ closed }) => closed));
    await events.ended;
    expect(await stopped).toBe(0);
    expect(new Set(closes.map(({ code }) => code))).toEqual(new Set([1001]));
    const hints = closes.map(({ reason }) => Number(/^retry-after-ms=(\d+)$/.exec(reason)?.[1]));
    expect(new Set(hints).size).toBeGreaterThan(SOCKETS / 2);
    expect(events.blocks.at(-1)).toMatch(/\nretry: \d+$/);
    await waitFor('the subgraph to be left', () => subgraph.open().length === 0, 2_000);
  },
  60_000,
);
