import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';

export interface PaymentsBenchOptions {
  /** Measured time of each phase, and of the stream. */
  readonly durationMs: number;
  readonly warmUpMs: number;
}

export const PAYMENTS_BENCH_DEFAULTS: PaymentsBenchOptions = { durationMs: 10_000, warmUpMs: 3_000 };

export const GENERATOR = join(projectRoot, 'bench', 'load', 'generator.ts');
