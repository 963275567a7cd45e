import { createServer, type IncomingMessage } from 'node:http';
import { Registry } from 'prom-client';
import { mayScrape } from '../router/observability/scrape.ts';
import type { Parts } from './parts.ts';
import { openRedis, openRelay } from './streams.ts';

const JSON_TYPE = 'application/json';

/** Copies the outbox to Redis, keeps its partitions and sends webhooks. Gives the URL of its health. */
export async function startWorker(parts: Parts): Promise<string> {
  await openRelay(parts, await openRedis(parts));
  const { openWebhooks } = await import('./webhooks.ts');
  const webhooks = await openWebhooks(parts);
  const registry = new Registry();
  webhooks.gauge(registry);
  return await serveHealth(parts, registry);
}

/** A worker answers nothing but whether it lives and, with a registry, its metrics to whoever may read them. */
export async function serveHealth({ config, closers }: Parts, registry?: Registry): Promise<string> {
  const server = createServer((request, response) => {
    void answer(request, config.metricsToken ?? null, registry).then(({ status, type = JSON_TYPE, body }) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  closers.add({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  const address = server.address();
  return `http://${config.host}:${typeof address === 'object' && address ? address.port : config.port}`;
}

interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

async function answer(request: IncomingMessage, token: string | null, registry?: Registry): Promise<Reply> {
  if (request.url === '/health') return { status: 200, body: JSON.stringify({ status: 'ok' }) };
  const metrics = registry === undefined ? null : await answerMetrics(request, token, registry);
  return metrics ?? { status: 404, body: JSON.stringify({ status: 'not found' }) };
}

/** The metrics of a process, to whoever may read them; null for another question. @param token null when none is set */
export async function answerMetrics(
  request: IncomingMessage,
  token: string | null,
  registry: Registry,
): Promise<Required<Reply> | null> {
  if (request.url !== '/metrics') return null;
  if (!mayScrape(request, token))
    return { status: 401, type: JSON_TYPE, body: JSON.stringify({ status: 'unauthenticated' }) };
  return { status: 200, type: registry.contentType, body: await registry.metrics() };
}
