import { readFile } from 'node:fs/promises';
import type { Logger } from '../platform/log.ts';
import type { Graph } from './graph.ts';
import type { Graphs } from './graphs.ts';
import { pollFile } from './pollFile.ts';

/** Operations of the old Graph that are planned for the new one before it is served. */
const WARMED_MAX = 200;

export interface ReloadOptions {
  readonly file: string;
  readonly load: (sdl: string) => Promise<Graph>;
  readonly graphs: Graphs;
  readonly logger: Logger;
  readonly pollMs?: number;
}

export interface Reloader {
  /** Why the file as it is now is not what is served; null when it is. */
  readonly fault: () => string | null;
  stop(): Promise<void>;
}

/**
 * Serves the supergraph file as it changes. Requests and streams under way end on the Graph they began with or move to
 * the new one; a file that is broken or gone leaves the old one in place and is told once.
 */
export async function reloadOnChange(options: ReloadOptions): Promise<Reloader> {
  const { file, graphs, logger, pollMs } = options;
  let fault: string | null = null;
  let stopped = false;

  async function replace(sdl: string): Promise<void> {
    const graph = await options.load(sdl);
    await warm(graphs.current(), graph);
    if (stopped) return await graph.engine.close();
    graphs.replace(graph);
    logger.info({ file, supergraph: graph.supergraph.id }, 'the supergraph was replaced');
  }

  async function read(): Promise<void> {
    try {
      const sdl = await readFile(file, 'utf8');
      if (sdl !== graphs.current().supergraph.sdl) await replace(sdl);
      fault = null;
    } catch (error) {
      fault = (error as Error).message;
      logger.error({ file, fault }, 'the supergraph file cannot be served; the one before stays');
    }
  }

  const poll = await pollFile({ file, read, pollMs });
  return {
    fault: () => fault,
    async stop() {
      stopped = true;
      await poll.stop();
    },
  };
}

/** What clients ask again and again is planned before they ask the new Graph; what it no longer knows is passed over. */
async function warm(before: Graph, after: Graph): Promise<void> {
  for (const { text, name } of before.operations.latest(WARMED_MAX)) {
    try {
      await after.engine.warm(after.operations.get(text, name), null, new Set());
    } catch {
      // Its clients will be told when they ask.
    }
  }
}
