import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { newUuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { RouterConfig } from '../../../router/config.ts';
import { createGraphs } from '../../../router/graphs.ts';
import type { HttpParts, StreamServer } from '../../../router/http/port.ts';
import { createHttpServer } from '../../../router/http/server.ts';
import { createViewerIdentifier } from '../../../router/identity.ts';
import { loadGraph } from '../../../router/loadGraph.ts';
import { createMetrics, type RouterMetrics } from '../../../router/observability/metrics.ts';
import { createObservability } from '../../../router/observability/observability.ts';
import { createDocuments, type Documents } from '../../../router/operation/persisted.ts';
import { createPipeline, type Pipeline } from '../../../router/pipeline.ts';
import type { ProtectionOptions } from '../../../router/protect.ts';
import { createLocalTransport } from '../../../router/transport/local.ts';
import type { Transport } from '../../../router/transport/port.ts';
import { recipeOf } from '../../harness/router.ts';
import { createSmallWorld, type SmallWorld, supergraphSdl } from '../../streaming/subgraphs.ts';
import { silent } from '../../streaming/support.ts';

export const KEY = 'sk_test_all';
/** Of another organization. */
export const OTHER_KEY = 'sk_test_other';
/** Of the same organization as KEY, with the same scopes. */
export const SISTER_KEY = 'sk_test_sister';

/** The HTTP side of a router over small subgraphs in this process, on a free port of loopback. */
export interface Served {
  readonly url: string;
  readonly port: number;
  readonly world: SmallWorld;
  readonly server: Server;
  /** Subgraphs answer only while it is open. */
  readonly gate: Gate;
  readonly metrics: RouterMetrics;
  close(): Promise<void>;
}

export interface ServedOptions {
  readonly config?: Partial<RouterConfig>;
  readonly documents?: Documents;
  readonly sse?: StreamServer;
  readonly protection?: ProtectionOptions;
  readonly logger?: Logger;
  readonly change?: (pipeline: Pipeline) => Pipeline;
  readonly isDraining?: () => boolean;
}

export interface Gate {
  open: boolean;
  wait(): Promise<void>;
}

export async function serve(options: ServedOptions = {}): Promise<Served> {
  const world = createSmallWorld();
  const gate: Gate = {
    open: true,
    async wait() {
      while (!gate.open) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
  const logger = options.logger ?? silent;
  const config: RouterConfig = {
    host: '127.0.0.1',
    port: 0,
    allowedOrigins: ['https://app.example'],
    introspection: true,
    ...options.config,
  };
  const transports = Object.values(world.subgraphs).map((subgraph) =>
    gated(createLocalTransport(subgraph), gate),
  );
  const recipe = recipeOf(transports, logger, {
    hidesSuggestions: !config.introspection,
    protection: options.protection ?? {},
  });
  const graph = await loadGraph(supergraphSdl, recipe);
  const graphs = createGraphs(graph, logger);
  const pipeline = createPipeline({
    graphs,
    requiresCredentials: config.requiresCredentials ?? true,
    introspection: config.introspection,
    budget: null,
  });
  const metrics = createMetrics(null);
  const parts: HttpParts = {
    config,
    pipeline: options.change?.(pipeline) ?? pipeline,
    identifier: createViewerIdentifier({ authenticate: async (token) => viewers.get(token) ?? null }),
    documents: options.documents ?? createDocuments({ trusted: null, automatic: true, redis: null }),
    observability: createObservability({ metrics, logger }),
    sse: options.sse ?? null,
    isDraining: options.isDraining ?? (() => false),
    status: () => ({ events: 'OUTBOX' }),
    logger,
  };
  const server = createHttpServer(parts);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    port,
    world,
    server,
    gate,
    metrics,
    async close() {
      gate.open = true;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await graphs.close();
    },
  };
}

const viewer = { organizationId: newUuid(), kind: 'KEY', scopes: ['*'] } as const;
const viewers = new Map<string, Viewer>([
  [KEY, { ...viewer, subjectId: 'key' }],
  [SISTER_KEY, { ...viewer, subjectId: 'sister' }],
  [OTHER_KEY, { ...viewer, organizationId: newUuid(), subjectId: 'other' }],
]);

function gated(transport: Transport, gate: Gate): Transport {
  return {
    ...transport,
    async execute(request) {
      await gate.wait();
      return await transport.execute(request);
    },
  };
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  readonly json: AnsweredJson;
}

export interface AnsweredJson {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly method?: string;
  /** Appended to the URL. */
  readonly search?: string;
  readonly path?: string;
  /** Undefined leaves a header out that would be there else. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
}

/** A request with exactly the headers that are named, beside host, content-type and credentials. */
export function ask(served: Pick<Served, 'port'>, asked: Asked): Promise<Answered> {
  const { method = asked.body === undefined ? 'GET' : 'POST', path = '/graphql', search = '', body } = asked;
  const headers: Record<string, string> = {};
  const wanted = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    authorization: `Bearer ${KEY}`,
    ...asked.headers,
  };
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) headers[name] = value;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port: served.port, path: path + search, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString('utf8');
          resolve({
            status: present(response.statusCode, 'status'),
            headers: response.headers,
            bytes,
            text,
            get json() {
              return JSON.parse(text) as AnsweredJson;
            },
          });
        });
      },
    );
    sent.once('error', reject);
    if (body === undefined) sent.end();
    else sent.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}

/** A connection on which bytes are sent as they are; `answer` has what came back when it is closed, or until now. */
export interface RawConnection {
  readonly socket: Socket;
  readonly received: () => string;
  readonly closed: Promise<string>;
}

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('utf8');
  });
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await once(socket, 'connect');
  return { socket, received: () => text, closed };
}
