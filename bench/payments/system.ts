import type { Target } from '../load/document.ts';

/** A system under load: processes of its own, on a Postgres of its own. */
export interface System {
  readonly name: 'omsx' | 'naive';
  /** How its processes are laid out, for the table. */
  readonly layout: string;
  readonly target: Target;
  /** Public ids of funded accounts in one Asset. */
  readonly accountIds: readonly string[];
  /** One more, for everybody to pay. */
  readonly hotId: string;
  /** Its Node processes descend from these. */
  readonly rootPids: readonly number[];
  readonly postgres: { readonly pid: number; readonly url: string };
  readonly redisUrl: string | null;
  stop(): Promise<void>;
}

export const ACCOUNTS = 1_000;

/** In minor units of USD: so much that nobody runs dry within a run. */
export const FUNDS_MINOR = 100_000_000n;
