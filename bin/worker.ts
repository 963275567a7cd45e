import { createServer } from 'node:http';
import type { Parts } from './parts.ts';
import { openRedis, openRelay } from './streams.ts';

/** Copies the outbox to Redis and keeps its partitions. Gives the URL of its health. */
export async function startWorker(parts: Parts): Promise<string> {
  await openRelay(parts, await openRedis(parts));
  return await serveHealth(parts);
}

/** A worker answers nothing but whether it lives. */
export async function serveHealth({ config, closers }: Parts): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/health' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: request.url === '/health' ? 'ok' : 'not found' }));
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
