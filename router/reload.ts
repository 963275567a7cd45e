import { readFile, stat } from 'node:fs/promises';
import type { Logger } from '../platform/log.ts';
import type { Graph } from './graph.ts';
import type { Graphs } from './graphs.ts';

/** Files are looked at rather than watched: mounted volumes and symbolic links tell nobody that they changed. */
const POLL_MS = 1_000;
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
export function reloadOnChange(options: ReloadOptions): Reloader {
  const { file, graphs, logger } = options;
  let seen = '';
  let fault: string | null = null;
  let stopped = false;
  let working: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const now = await stateOf(file);
    if (now === seen || stopped) return;
    seen = now;
    try {
      const sdl = await readFile(file, 'utf8');
      if (sdl === graphs.current().supergraph.sdl) {
        fault = null;
        return;
      }
      const graph = await options.load(sdl);
      await warm(graphs.current(), graph);
      if (stopped) return await graph.engine.close();
      graphs.replace(graph);
      fault = null;
      logger.info({ file, supergraph: graph.supergraph.id }, 'the supergraph was replaced');
    } catch (error) {
      fault = (error as Error).message;
      logger.error({ file, fault }, 'the supergraph file cannot be served; the one before stays');
    }
  }

  const timer = setInterval(() => {
    working = working.then(look);
  }, options.pollMs ?? POLL_MS).unref();
  working = working.then(look);
  return {
    fault: () => fault,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await working;
    },
  };
}

/** What changes with each write, or why the file cannot be looked at. */
async function stateOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
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
