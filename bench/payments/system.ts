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

/** Started parts, to be stopped in reverse order whatever happens between. */
export class Stops {
  readonly #steps: (() => Promise<void>)[] = [];

  add(stop: () => Promise<void>): void {
    this.#steps.push(stop);
  }

  /** Runs every step, also after one failed. @throws the first failure. */
  async run(): Promise<void> {
    let fault: unknown;
    for (const step of this.#steps.splice(0).reverse()) {
      await step().catch((error: unknown) => {
        fault ??= error;
      });
    }
    if (fault !== undefined) throw fault;
  }
}
