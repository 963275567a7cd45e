import type { Address } from 'viem';
import { sleep } from '../../../platform/clock.ts';
import { Bell } from '../../../platform/feed/bell.ts';
import { type HintListener, listenForHints } from '../../../platform/feed/hint.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type KeyVault, KeyVaultError } from '../../../platform/vault/keyVault.ts';
import { SealError } from '../keys/sealedSeed.ts';
import { withKeys } from '../keys/signer.ts';
import type { TokenDomain } from '../keys/signingRequest.ts';
import type { NetworkConfig } from '../network.ts';
import { type Asked, listAsked, readRoot } from './askedRows.ts';
import { makeRoots } from './makeRoots.ts';
import { placeOf, type SignStep, signRoot } from './signRoot.ts';

/** Attempts, and authorizations, of one listing; each takes some milliseconds, and those of one root are one tx. */
const BATCH_SIZE_MAX = 64;
const POLL_INTERVAL_MS = 1_000;
/** Organizations come seldom, and what waits for their root asks again. */
const ROOTS_INTERVAL_MS = 1_000;
const FAULT_DELAY_MS = 1_000;
/** A root whose seed does not open is left alone for this long, and any other that failed for the shorter time. */
const SEED_FAULT_MS = 10_000;
const ROOT_FAULT_MS = 250;

export interface SignerOptions {
  /** As role omsx_signer. */
  readonly database: Database;
  /** For the connection that listens to hints. */
  readonly databaseUrl: string;
  readonly vault: KeyVault;
  readonly networks: readonly NetworkConfig[];
  /** EIP-712 domain of a token as its chain has it. May throw: the authorization then waits. */
  readonly domainOf: (network: NetworkConfig, contract: Address) => Promise<TokenDomain>;
  readonly logger: Logger;
  /** Called at each step of a batch; one that throws ends the batch there, as a crash would. For tests. */
  readonly atStep?: (step: SignStep) => Promise<void>;
}

export interface Signer {
  /** Ends the batch under way; nothing is signed afterwards. To be called before the database is closed. */
  stop(): Promise<void>;
}

/**
 * Starts the loop that makes roots and signs what is asked for in chain.attempt and chain.authorization. It believes
 * nothing but the rows: each is compared with the sends that it stands for. Any number of signers may run at once.
 */
export function startSigner(options: SignerOptions): Signer {
  const loop = new SignerLoop(options);
  return { stop: () => loop.stop() };
}

class SignerLoop {
  readonly #options: SignerOptions;
  readonly #networks: ReadonlyMap<string, NetworkConfig>;
  readonly #bell = new Bell();
  readonly #ending = new AbortController();
  readonly #hints: HintListener;
  readonly #running: Promise<void>;
  /** Until when a root is left alone. */
  readonly #faultyUntilMs = new Map<Uuid, number>();
  #rootsAtMs = 0;

  constructor(options: SignerOptions) {
    this.#options = options;
    this.#networks = new Map(options.networks.map((network) => [network.code, network]));
    this.#hints = listenForHints({
      url: options.databaseUrl,
      name: 'omsx signer',
      channel: 'chain_sign',
      onHint: () => this.#bell.ring(),
      logger: options.logger,
    });
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#bell.ring();
    await Promise.all([this.#hints.close(), this.#running]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        await this.#makeRoots();
        if ((await this.#signBatch()) === 0) await this.#bell.wait(this.#pauseMs());
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'the signer stumbled and tries again');
        await sleep(FAULT_DELAY_MS, signal);
      }
    }
  }

  /** What was left alone for a moment rings no bell. */
  #pauseMs(): number {
    return this.#faultyUntilMs.size > 0 ? ROOT_FAULT_MS : POLL_INTERVAL_MS;
  }

  async #makeRoots(): Promise<void> {
    if (performance.now() < this.#rootsAtMs) return;
    this.#rootsAtMs = performance.now() + ROOTS_INTERVAL_MS;
    const { database, vault, logger } = this.#options;
    try {
      const made = await makeRoots(database, vault);
      if (made > 0) logger.info({ made }, 'roots were made');
    } catch (error) {
      // What has its root already can be signed all the same.
      logger.warn({ err: error }, 'a root could not be made');
    }
  }

  /** Number of rows that were decided. */
  async #signBatch(): Promise<number> {
    const now = performance.now();
    for (const [id, untilMs] of this.#faultyUntilMs) if (untilMs <= now) this.#faultyUntilMs.delete(id);
    const codes = [...this.#networks.keys()];
    const without = [...this.#faultyUntilMs.keys()];
    const asked = await listAsked(this.#options.database, codes, without, BATCH_SIZE_MAX);
    let decided = 0;
    for (const [rootId, group] of groupByRoot(asked)) {
      if (this.#ending.signal.aborted) break;
      decided += await this.#signGroup(rootId, group);
    }
    return decided;
  }

  async #signGroup(rootId: Uuid, group: readonly Asked[]): Promise<number> {
    const { database, vault, logger, atStep = async () => undefined } = this.#options;
    try {
      const root = await readRoot(database, rootId);
      if (root === null) return 0;
      const domains = await this.#readDomains(group);
      const places = [...new Map(group.map((one) => [one.address, one])).values()].map((one) => ({
        path: { branch: one.branch, index: one.index },
        address: one.address,
      }));
      const { signed, refused } = await withKeys(root, places, vault, async (keys) => {
        await atStep('OPENED');
        const context = { networks: this.#networks, keys, domains, atStep };
        return await database.write((tx) => signRoot(tx, group, context));
      });
      await atStep('COMMITTED');
      for (const one of refused) logger.warn(one, 'a signature was refused');
      return signed + refused.length;
    } catch (error) {
      const isOfSeed = error instanceof SealError || error instanceof KeyVaultError;
      this.#faultyUntilMs.set(rootId, performance.now() + (isOfSeed ? SEED_FAULT_MS : ROOT_FAULT_MS));
      logger.error({ err: error, rootId }, 'nothing could be signed with this root');
      return 0;
    }
  }

  async #readDomains(group: readonly Asked[]): Promise<ReadonlyMap<string, TokenDomain>> {
    const domains = new Map<string, TokenDomain>();
    for (const { network: code, contract } of group) {
      const network = this.#networks.get(code);
      if (contract === null || network === undefined || domains.has(placeOf(code, contract))) continue;
      try {
        domains.set(placeOf(code, contract), await this.#options.domainOf(network, contract));
      } catch (error) {
        this.#options.logger.warn({ err: error, network: code, contract }, 'a token cannot be read');
      }
    }
    return domains;
  }
}

function groupByRoot(asked: readonly Asked[]): ReadonlyMap<Uuid, readonly Asked[]> {
  const groups = new Map<Uuid, Asked[]>();
  for (const one of asked) {
    const group = groups.get(one.rootId);
    if (group === undefined) groups.set(one.rootId, [one]);
    else group.push(one);
  }
  return groups;
}
