import type { RouterConfig } from '../../router/config.ts';
import { nobody } from '../../router/identity.ts';
import { type Router, type RouterOptions, startRouter } from '../../router/main.ts';
import { createHttpTransport, type HttpTransportOptions } from '../../router/transport/http.ts';
import type { Transport } from '../../router/transport/port.ts';
import type { Shop } from './shop.ts';
import { silent } from './support.ts';

/** A router in front of a shop's subgraphs, which lets anybody in. */
export interface ShopRouter {
  readonly router: Router;
  close(): Promise<void>;
}

/** @param change what is not as it usually is; `urls` of subgraphs by name */
export async function startShopRouter(
  shop: Shop,
  change: {
    readonly urls?: Readonly<Record<string, string>>;
    readonly transport?: Partial<HttpTransportOptions>;
    readonly config?: Partial<RouterConfig>;
    readonly options?: Partial<RouterOptions>;
  } = {},
): Promise<ShopRouter> {
  const transports = new Map(
    Object.entries(change.urls ?? shop.urls).map(([name, url]) => [
      name,
      createHttpTransport({
        name,
        url,
        subscriptions: { protocol: 'graphql-transport-ws' },
        ...change.transport,
      }),
    ]),
  );
  const router = await startRouter({
    config: {
      host: '127.0.0.1',
      port: 0,
      allowedOrigins: [],
      introspection: true,
      requiresCredentials: false,
      ...change.config,
    },
    supergraphSdl: shop.sdl(),
    transportOf: ({ name }) => transports.get(name) as Transport,
    identifier: { identify: (_token, address) => Promise.resolve(nobody(address)) },
    feed: null,
    logger: silent,
    ...change.options,
  });
  return {
    router,
    async close() {
      await router.close();
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}
