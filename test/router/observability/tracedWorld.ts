import type { ExecutionResult } from 'graphql';
import { formatId, newUuid } from '../../../platform/id.ts';
import type { Logger } from '../../../platform/log.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import { serveSubgraph } from '../../../platform/server.ts';
import type { Subgraph } from '../../../platform/subgraph.ts';
import type { Tracer } from '../../../platform/tracing.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { screeningOfMode } from '../../../rails/screening/screeningOfMode.ts';
import { identityOf } from '../../../router/identity.ts';
import { createMetrics, type RouterMetrics } from '../../../router/observability/metrics.ts';
import { createObservability } from '../../../router/observability/observability.ts';
import { observeTransport } from '../../../router/observability/observedTransport.ts';
import { createHttpTransport } from '../../../router/transport/http.ts';
import { createLocalTransport } from '../../../router/transport/local.ts';
import type { Transport } from '../../../router/transport/port.ts';
import { ensureSandboxOrganization } from '../../../subgraphs/accounts/commands/bootstrap.ts';
import { createAccounts } from '../../../subgraphs/accounts/main.ts';
import { ENTITIES } from '../../../subgraphs/accounts/store/entities.ts';
import { createPayments } from '../../../subgraphs/payments/main.ts';
import { createWallets } from '../../../subgraphs/wallets/main.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { openTestPipeline } from '../../harness/router.ts';
import { openTestVault } from '../../harness/vault.ts';
import { silent } from './tracers.ts';

export interface TracedWorld {
  readonly databaseUrl: string;
  readonly metrics: RouterMetrics;
  /** Headers that went to subgraphs with each fetch. */
  readonly received: readonly Readonly<Record<string, string>>[];
  /** One operation, observed from its arrival to its answer, as the HTTP server does it. */
  ask(
    query: string,
    variables?: Readonly<Record<string, unknown>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<ExecutionResult>;
  close(): Promise<void>;
}

const PEPPER = 'a pepper for tests that is long enough';
const VIEWER_SECRET = 'viewer-secret-of-the-tests-0123456789';

/**
 * The pipeline over the three subgraphs on a database of their own: over HTTP with a tracer each, as roles have it, or in
 * this process.
 */
export async function openTracedWorld(options: {
  readonly router: Tracer | undefined;
  readonly logger?: Logger;
  readonly slowRequestMs?: number;
  /** Null: the subgraphs are in this process. */
  readonly tracerOf: ((subgraph: string) => Tracer | undefined) | null;
}): Promise<TracedWorld> {
  const owned = await createTestDatabase();
  const { logger = silent, slowRequestMs } = options;
  const parts = { databaseUrl: owned.url, logger };
  const subgraphs: readonly Subgraph[] = [
    await createAccounts({
      ...{ ...parts, keyPepper: PEPPER, keyVault: await openTestVault() },
      screening: screeningOfMode('sandbox'),
    }),
    await createWallets({ ...parts, mode: 'SANDBOX' }),
    await createPayments(parts),
  ];
  const metrics = createMetrics(null);
  const received: Readonly<Record<string, string>>[] = [];
  const closers: (() => Promise<unknown>)[] = [];
  const transports: Transport[] = [];
  for (const subgraph of subgraphs) {
    const served =
      options.tracerOf === null
        ? { transport: createLocalTransport(subgraph), url: null, close: () => Promise.resolve() }
        : await serve(subgraph, options.tracerOf(subgraph.name), logger, received);
    closers.push(served.close);
    transports.push(observeTransport(served.transport, metrics.fetches, served.url));
  }
  const router = await openTestPipeline({ transports, logger });
  const observability = createObservability({
    metrics,
    logger,
    tracer: options.router,
    ...(slowRequestMs === undefined ? {} : { slowRequestMs }),
  });
  const identity = identityOf(await addViewer(owned.url));
  return {
    databaseUrl: owned.url,
    metrics,
    received,
    async ask(query, variables = {}, headers = {}) {
      const record = observability.begin({ requestId: newUuid(), arrival: 'http', headers });
      const { requestId, span } = record;
      const caller = { identity, requestId, headers: record.headers, record, span };
      const admitted = await router.pipeline.admit({ query, variables }, caller);
      const answer = await router.pipeline.execute(admitted);
      observability.finish(record, { operation: admitted.operation, status: 200, answer });
      return answer;
    },
    async close() {
      await router.close();
      for (const close of closers) await close();
      for (const subgraph of subgraphs) await subgraph.close();
      await owned.drop();
    },
  };
}

/** A subgraph behind HTTP, and the way to it; `received` gets the headers that go with each fetch. */
async function serve(
  subgraph: Subgraph,
  tracer: Tracer | undefined,
  logger: Logger,
  received: Readonly<Record<string, string>>[],
): Promise<{ readonly transport: Transport; readonly url: string; close(): Promise<void> }> {
  const viewerSecret = VIEWER_SECRET;
  const server = await serveSubgraph({ subgraph, port: 0, host: '127.0.0.1', viewerSecret, logger, tracer });
  const url = `${server.url}/graphql`;
  const transport = createHttpTransport({ name: subgraph.name, url, viewerSecret });
  return {
    url,
    transport: {
      ...transport,
      execute(request) {
        received.push(request.caller.headers);
        return transport.execute(request);
      },
    },
    async close() {
      await transport.close();
      await server.close();
    },
  };
}

async function addViewer(url: string): Promise<Viewer> {
  const role = 'omsx_accounts_writer';
  const database = await openDatabase({ url, role, poolMax: 1, entities: ENTITIES });
  const { organizationId } = await ensureSandboxOrganization({ database, name: 'Traced', pepper: PEPPER });
  await database.close();
  return { organizationId, kind: 'KEY', subjectId: formatId('key', newUuid()), scopes: ['*'] };
}
