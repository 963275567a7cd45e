import { sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Identity } from '../caller.ts';
import type { Identifier } from '../identity.ts';
import { Slots } from './slots.ts';

/** Why credentials that were good are so no longer. */
export type CredentialsEnd =
  /** They ended by themselves. */
  | 'EXPIRED'
  /** They are not known any more. */
  | 'REVOKED'
  /** They are good for something else now. */
  | 'CHANGED'
  /** For some time nobody could tell. */
  | 'UNCHECKED';

/** A connection that lives by credentials. */
export interface Holder {
  credentialsEnded(why: CredentialsEnd): void;
  /** A hint that new ones would be welcome. Told once for each token. */
  credentialsExpire(expiresInMs: number): void;
}

/** Revocation and expiry must end a connection within 5 s: 2 s here, half a second of cache, the rest for the lookup. */
const CHECK_INTERVAL_MS = 2_000;
/** A token that says all by itself (a foreign JWT) is looked at again only in case the keys have changed. */
const CHECK_OF_CLAIMS_INTERVAL_MS = 30_000;
const EXPIRY_INTERVAL_MS = 500;
/** How long before the end the hint is given. */
export const EXPIRY_HINT_MS = 10_000;
/** How long a connection lives on while nobody can tell whether its token is still good. */
const UNCHECKED_MAX_MS = 30_000;
/** Tokens that are looked up at the same time. One that takes longer than this no longer holds up the others. */
const LOOKUPS_MAX = 32;
const LOOKUP_WAIT_MS = 1_000;

interface Credential {
  readonly token: string;
  identity: Identity;
  checkedAtMs: number;
  isBeingChecked: boolean;
  isHinted: boolean;
  readonly holders: Set<Holder>;
}

/** The credentials that open connections live by. Each token is checked once, however many connections it opened. */
export class Credentials {
  readonly #identifier: Identifier;
  readonly #logger: Logger;
  readonly #byToken = new Map<string, Credential>();
  readonly #timers: readonly NodeJS.Timeout[];
  #isChecking = false;

  constructor(identifier: Identifier, logger: Logger) {
    this.#identifier = identifier;
    this.#logger = logger;
    this.#timers = [
      setInterval(() => void this.#checkAll(), CHECK_INTERVAL_MS).unref(),
      setInterval(() => this.#endWhatIsOver(Date.now()), EXPIRY_INTERVAL_MS).unref(),
    ];
  }

  /** @throws {ApiError} UNAUTHENTICATED, UNAVAILABLE */
  identify(token: string | null, address: string): Promise<Identity> {
    return this.#identifier.identify(token, address);
  }

  /** From now on `holder` lives by `token`, which has just been identified. */
  hold(token: string, identity: Identity, holder: Holder): void {
    const known = this.#byToken.get(token);
    if (known === undefined) {
      const checkedAtMs = Date.now();
      this.#byToken.set(token, {
        token,
        identity,
        checkedAtMs,
        isBeingChecked: false,
        isHinted: false,
        holders: new Set([holder]),
      });
      return;
    }
    // Those who came before were let in for something else.
    if (known.identity.shareKey !== identity.shareKey) this.#end(known, 'CHANGED');
    known.identity = identity;
    known.holders.add(holder);
    this.#byToken.set(token, known);
  }

  release(token: string, holder: Holder): void {
    const credential = this.#byToken.get(token);
    if (credential?.holders.delete(holder) && credential.holders.size === 0) this.#byToken.delete(token);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#byToken.clear();
  }

  #endWhatIsOver(nowMs: number): void {
    for (const credential of [...this.#byToken.values()]) {
      const { identity, checkedAtMs } = credential;
      const leftMs = (identity.expiresAtMs ?? Number.POSITIVE_INFINITY) - nowMs;
      if (leftMs <= 0) this.#end(credential, 'EXPIRED');
      else if (nowMs - checkedAtMs >= checkIntervalOf(identity) + UNCHECKED_MAX_MS) {
        this.#logger.warn('connections are closed because their credentials cannot be checked');
        this.#end(credential, 'UNCHECKED');
      } else if (leftMs <= EXPIRY_HINT_MS && !credential.isHinted) {
        credential.isHinted = true;
        for (const holder of credential.holders) holder.credentialsExpire(leftMs);
      }
    }
  }

  async #checkAll(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const slots = new Slots(LOOKUPS_MAX);
    const nowMs = Date.now();
    const due = [...this.#byToken.values()].filter(
      ({ identity, checkedAtMs, isBeingChecked }) =>
        !isBeingChecked && nowMs - checkedAtMs >= checkIntervalOf(identity) - CHECK_INTERVAL_MS / 2,
    );
    await Promise.all(
      due.map(async (credential) => {
        await slots.take();
        const answered = new AbortController();
        const checking = this.#check(credential).then(() => answered.abort());
        await Promise.race([checking, sleep(LOOKUP_WAIT_MS, answered.signal)]);
        slots.release();
      }),
    );
    this.#isChecking = false;
  }

  /** Never rejects. Whatever is no answer is none: the credentials live on until that has lasted too long. */
  async #check(credential: Credential): Promise<void> {
    if (credential.holders.size === 0) return;
    credential.isBeingChecked = true;
    try {
      const identity = await this.#identifier.identify(credential.token, '');
      if (identity.shareKey !== credential.identity.shareKey) this.#end(credential, 'CHANGED');
      else credential.checkedAtMs = Date.now();
    } catch (error) {
      if (codeOf(error) === 'UNAUTHENTICATED') this.#end(credential, 'REVOKED');
    } finally {
      credential.isBeingChecked = false;
    }
  }

  #end(credential: Credential, why: CredentialsEnd): void {
    const holders = [...credential.holders];
    credential.holders.clear();
    this.#byToken.delete(credential.token);
    for (const holder of holders) holder.credentialsEnded(why);
  }
}

function checkIntervalOf({ viewer, expiresAtMs }: Identity): number {
  return viewer === null && expiresAtMs !== null ? CHECK_OF_CLAIMS_INTERVAL_MS : CHECK_INTERVAL_MS;
}

function codeOf(error: unknown): unknown {
  return (error as { readonly extensions?: { readonly code?: unknown } }).extensions?.code;
}
