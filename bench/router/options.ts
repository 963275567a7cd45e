import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';

export interface RouterBenchOptions {
  /** Measured time of each cell, over all rounds. */
  readonly durationMs: number;
}

export const ROUTER_BENCH_DEFAULTS: RouterBenchOptions = { durationMs: 2_000 };

export const GENERATOR = join(projectRoot, 'bench', 'load', 'queries.ts');
