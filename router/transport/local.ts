import type { Subgraph } from '../../platform/subgraph.ts';
import type { Transport } from './port.ts';

/** A subgraph in this process: no socket, no JSON, and the plan's parsed document is executed as it is. */
export function createLocalTransport(subgraph: Subgraph): Transport {
  return {
    name: subgraph.name,
    execute: (request) => subgraph.execute(request),
    // The subgraph belongs to whoever started it.
    close: () => Promise.resolve(),
  };
}
