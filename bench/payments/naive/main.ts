import { serveCalls } from '../../load/worker.ts';
import { type GatewaySettings, startGateway } from './gateway.ts';
import { type Running, type SubgraphSettings, startSubgraph } from './subgraph.ts';

// tsx maps stack traces to their sources, and an HTTP agent of the gateway makes one for each request: a cost of our
// tooling that the naive system would not have.
process.setSourceMapsEnabled(false);

const running: Running[] = [];

async function keep(started: Promise<Running>): Promise<string> {
  const server = await started;
  running.push(server);
  return server.url;
}

/** A process of the naive system: the gateway, the subgraph, or one after the other. Each call answers a URL. */
serveCalls(
  {
    subgraph: (settings: SubgraphSettings) => keep(startSubgraph(settings)),
    gateway: (settings: GatewaySettings) => keep(startGateway(settings)),
  },
  async () => {
    for (const server of running.reverse()) await server.stop();
  },
);
