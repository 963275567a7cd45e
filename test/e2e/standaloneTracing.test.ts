import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { projectRoot } from '../../platform/paths.ts';
import { type Child, startChild, waitFor } from '../crash/child.ts';
import { makeTemporaryFolder, removeFolder } from '../harness/embedded.ts';
import { startCollector } from '../router/observability/collector.ts';

/** Traces of `omsx router --supergraph FILE`, in front of a subgraph that knows nothing of OMSX. */
const CLIENT_TRACE = '4'.repeat(32);
const START_WAIT_MS = 30_000;

let folder: string;
let subgraph: Server;
/** `traceparent` of each request that the subgraph got. */
let received: (string | undefined)[];
let router: Child | undefined;

beforeEach(async () => {
  folder = await makeTemporaryFolder();
  received = [];
  subgraph = createServer((request, response) => {
    received.push(request.headers.traceparent as string | undefined);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"thing":"here"}}');
  }).listen(0, '127.0.0.1');
  await once(subgraph, 'listening');
  const url = `http://127.0.0.1:${(subgraph.address() as AddressInfo).port}/graphql`;
  const typeDefs = parse('type Query { thing: String }');
  const { supergraphSdl } = composeServices([{ name: 'things', url, typeDefs }]);
  await writeFile(join(folder, 'supergraph.graphql'), String(supergraphSdl));
});

afterEach(async () => {
  await router?.stop();
  router = undefined;
  subgraph.closeAllConnections();
  subgraph.close();
  await removeFolder(folder);
});

/** Asks a router for the thing, in a trace of the client's, and stops the router. */
async function askOnce(environment: Readonly<Record<string, string>>): Promise<void> {
  const logFile = join(folder, 'router.log');
  const supergraph = join(folder, 'supergraph.graphql');
  router = startChild({
    program: process.execPath,
    args: [join(projectRoot, 'bin', 'omsx.mjs'), 'router', '--supergraph', supergraph, '--port', '0'],
    environment,
    folder,
    logFile,
  });
  let url: string | undefined;
  const answers = async (): Promise<boolean> => {
    url = /answers at (http\S+?)\.\s/.exec(await readFile(logFile, 'utf8'))?.[1];
    return url !== undefined;
  };
  await waitFor('the router', START_WAIT_MS, answers, router.hasEnded);
  const response = await fetch(String(url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      traceparent: `00-${CLIENT_TRACE}-b7ad6b7169203331-01`,
      tracestate: 'vendor=1',
    },
    body: JSON.stringify({ query: 'query Thing { thing }' }),
  });
  expect(await response.json()).toMatchObject({ data: { thing: 'here' } });
  expect(await router.stop()).toBe(0);
}

/** Whether a process under NODE_V8_COVERAGE had loaded the SDK when it ended: from the bundle or from its packages. */
async function hasLoadedSdk(coverage: string): Promise<boolean> {
  const [file = ''] = await readdir(coverage);
  const { result } = JSON.parse(await readFile(join(coverage, file), 'utf8')) as {
    readonly result: readonly { readonly url: string }[];
  };
  const paths = result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  expect(texts.some((text) => text.includes('The router answers at'))).toBe(true);
  return texts.some((text) => text.includes('BatchSpanProcessor'));
}

test('a trace goes through it to the subgraph, and what is left of it is sent when it stops', async () => {
  const collector = await startCollector();
  const coverage = join(folder, 'coverage');
  await askOnce({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url, NODE_V8_COVERAGE: coverage });
  await collector.close();
  const [root, fetched, ...others] = ['query Thing', 'fetch things', 'plan'].map((wanted) =>
    collector.spans.find(({ name }) => name === wanted),
  );
  expect(collector.spans).toHaveLength(3);
  expect(root).toMatchObject({
    traceId: CLIENT_TRACE,
    traceState: 'vendor=1',
    parentSpanId: 'b7ad6b7169203331',
  });
  for (const span of [root, fetched, ...others]) expect(span?.service).toBe('omsx-standalone');
  expect(received).toEqual([`00-${CLIENT_TRACE}-${fetched?.spanId}-01`]);
  expect(await hasLoadedSdk(coverage)).toBe(true);
}, 60_000);

test('off, nothing of the SDK is loaded and no header is sent', async () => {
  const coverage = join(folder, 'coverage');
  await askOnce({ NODE_V8_COVERAGE: coverage });
  expect(received).toEqual([undefined]);
  expect(await hasLoadedSdk(coverage)).toBe(false);
}, 60_000);
