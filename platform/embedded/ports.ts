import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export const loopback = '127.0.0.1';

/** Whether nothing listens on this port of the loopback address at this moment. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: loopback, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Below what Linux and macOS give to outgoing connections: such a port may be taken by anybody's connection while whoever
 * listens there is started again.
 */
const [PORT_MIN, PORT_MAX] = [20_000, 32_000];
const TRIES_MAX = 20;
/** Chosen or kept by this process for those who do not listen there yet, so that they look free. */
const promised = new Set<number>();

/** Says that something of ours is going to listen there: `choosePort` gives it to nobody. */
export function keepPort(port: number): void {
  promised.add(port);
}

/**
 * The first free one of the preferred ports, else any that is and that this process gave to nobody yet. Another process can
 * take it before it is used, so a caller that fails to bind asks again.
 */
export async function choosePort(preferred: readonly (number | undefined)[]): Promise<number> {
  for (const port of preferred) {
    if (port !== undefined && (await isPortFree(port))) return port;
  }
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (promised.has(port) || !(await isPortFree(port))) continue;
    promised.add(port);
    return port;
  }
  return await pickAnyPort();
}

function pickAnyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: loopback, port: 0, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
