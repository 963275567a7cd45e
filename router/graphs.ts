import type { Logger } from '../platform/log.ts';
import type { Graph } from './graph.ts';

/** Requests end within their deadline, so a replaced engine is idle after this long. */
const RETIRED_MS = 60_000;

/** The Graph that is served now, and how it is replaced while requests and streams go on. */
export interface Graphs {
  readonly current: () => Graph;
  /** New requests see `graph` from now on; the one before is closed when its requests have ended. */
  replace(graph: Graph): void;
  /** Told after each replacement. Gives the way to be told no longer. */
  onReplaced(listener: (graph: Graph) => void): () => void;
  close(): Promise<void>;
}

export function createGraphs(first: Graph, logger: Logger): Graphs {
  let current = first;
  const listeners = new Set<(graph: Graph) => void>();
  const retired = new Map<Graph, NodeJS.Timeout>();

  async function retire(graph: Graph): Promise<void> {
    clearTimeout(retired.get(graph));
    retired.delete(graph);
    try {
      await graph.engine.close();
    } catch (error) {
      logger.warn({ err: error }, 'a replaced engine could not be closed');
    }
  }

  return {
    current: () => current,
    replace(graph) {
      const before = current;
      if (before === graph) return;
      current = graph;
      retired.set(before, setTimeout(() => void retire(before), RETIRED_MS).unref());
      for (const listener of listeners) listener(graph);
    },
    onReplaced(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await Promise.all([...retired.keys()].map(retire));
      await current.engine.close();
    },
  };
}
