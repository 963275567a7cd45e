import { readFile } from 'node:fs/promises';
import { readConfig } from '../platform/config.ts';
import type { Environment } from '../platform/configReader.ts';
import { createLogger } from '../platform/log.ts';
import { connectRedis } from '../platform/redis.ts';
import { type Identifier, nobody } from '../router/identity.ts';
import { createJwtIdentifier } from '../router/jwt.ts';
import { startRouter } from '../router/main.ts';
import type { SubgraphEntry } from '../router/supergraph/supergraph.ts';
import type { Answer } from '../router/transport/exchange.ts';
import { createHttpTransport } from '../router/transport/http.ts';
import type { Transport } from '../router/transport/port.ts';
import { createSingleFlight } from '../router/transport/singleFlight.ts';
import { opening } from './closers.ts';
import { openTracer } from './openTracer.ts';
import { listening, routerParts } from './routerParts.ts';
import { listenForInterruption, stopAll } from './shutdown.ts';
import { ArgumentError, readStandaloneArguments, type StandaloneArguments } from './standaloneArguments.ts';
import { reportLine } from './terminal.ts';

const STOP_WAIT_MS = 20_000;

/** The router alone, in front of any subgraphs, until a signal asks to stop. Gives the exit code. */
export async function runStandaloneRouter(
  args: readonly string[],
  environment: Environment,
): Promise<number> {
  const settings = readStandaloneArguments(args);
  const config = readConfig(environment, 'standalone');
  const logger = createLogger({ name: 'router', level: config.logLevel });
  const interruption = listenForInterruption();
  try {
    const running = await opening(async (closers) => {
      const tracer = await openTracer({ config, logger, closers });
      const { redisUrl } = config;
      const redis =
        redisUrl === undefined ? null : closers.add(await connectRedis({ url: redisUrl, logger }));
      const sharing = config.router.coalesce ? createSingleFlight<Answer>('subgraphs') : undefined;
      const transports = new Map<string, Transport>();
      const transportOf = (subgraph: SubgraphEntry): Transport => {
        const url = urlOf(subgraph, settings);
        const known = transports.get(`${subgraph.name} ${url}`);
        if (known !== undefined) return known;
        const transport = closers.add(
          createHttpTransport({
            name: subgraph.name,
            url,
            subscriptions: settings.subscriptionsOf(subgraph.name),
            acceptsCompression: settings.compressedSubgraphs,
            ...(settings.subgraphTimeoutMs === undefined ? {} : { deadlineMs: settings.subgraphTimeoutMs }),
            ...(sharing === undefined ? {} : { sharing }),
          }),
        );
        transports.set(`${subgraph.name} ${url}`, transport);
        return transport;
      };
      const router = closers.add(
        await startRouter({
          ...(await routerParts({ config, redis, tracer, logger, closers })),
          config: {
            ...listening(config),
            host: settings.host ?? config.host,
            port: settings.port ?? config.port,
            requiresCredentials: false,
            forwardedHeaders: settings.forwardedHeaders,
          },
          supergraphSdl: await readFile(settings.supergraph, 'utf8'),
          supergraphFile: settings.supergraph,
          transportOf,
          overrideLabels: settings.overrideLabels,
          identifier: await identifierOf(settings),
          feed: null,
        }),
      );
      return { url: router.url, stop: () => closers.close() };
    });
    reportLine(`The router answers at ${running.url}.`);
    await interruption.requested;
    await stopAll([{ name: 'The router', waitMs: STOP_WAIT_MS, stop: () => running.stop() }]);
    return 0;
  } finally {
    interruption.dispose();
  }
}

function urlOf(subgraph: SubgraphEntry, settings: StandaloneArguments): string {
  const url = settings.subgraphUrls.get(subgraph.name) ?? subgraph.url;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ArgumentError(
    `the supergraph gives subgraph "${subgraph.name}" the URL "${url}": name one with --subgraph ${subgraph.name}=URL`,
  );
}

/** Without a key set nobody is authenticated here; tokens go on to the subgraphs as they came. */
async function identifierOf({ jwks, issuer, audience }: StandaloneArguments): Promise<Identifier> {
  if (jwks !== undefined) return await createJwtIdentifier({ jwks, issuer, audience });
  return { identify: (_token, address) => Promise.resolve(nobody(address)) };
}
