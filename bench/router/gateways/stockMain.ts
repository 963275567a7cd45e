import { readFile } from 'node:fs/promises';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { signViewer, VIEWER_HEADER } from '../../../platform/viewer.ts';
import { serveCalls } from '../../load/worker.ts';
import type { Signing } from '../../signedApi.ts';
import type { GatewaySettings } from './gateway.ts';

// tsx maps stack traces to their sources, and an HTTP agent of the gateway makes one for each request: a cost of our
// tooling that the gateway would not have.
process.setSourceMapsEnabled(false);

let server: ApolloServer | undefined;

async function start(settings: Pick<GatewaySettings, 'supergraphFile' | 'signing'>): Promise<string> {
  const { signing } = settings;
  const gateway = new ApolloGateway({
    supergraphSdl: await readFile(settings.supergraphFile, 'utf8'),
    ...(signing === null ? {} : { buildService: ({ url = '' }) => signingSource(url, signing) }),
  });
  server = new ApolloServer({ gateway });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
  return url;
}

/** The signature is over the body as it is sent, so it is made where that is at hand. */
function signingSource(url: string, { viewer, secret }: Signing): RemoteGraphQLDataSource {
  const source = new RemoteGraphQLDataSource({ url });
  const send = source.fetcher;
  source.fetcher = (to, init) => {
    const signature = signViewer(viewer, String(init?.body ?? ''), secret, new Date());
    return send(to, { ...init, headers: { ...init?.headers, [VIEWER_HEADER]: signature } });
  };
  return source;
}

serveCalls({ start }, async () => {
  await server?.stop();
});
