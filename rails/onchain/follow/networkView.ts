import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { isStalled } from '../finality.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient, Tags } from '../rpc/chainReader.ts';

const VIEW_INTERVAL_MS = 1_000;
/** A follower that is further behind the head says so. */
const LAGGING_BLOCKS = 5n;
const LAGGING_MS = 15_000;

export type NetworkStatus = 'STARTING' | 'HEALTHY' | 'LAGGING' | 'STALLED' | 'UNREACHABLE' | 'LOST';

export interface Standing {
  readonly status: NetworkStatus;
  readonly reason: string | null;
}

const WRITE = statement(
  'chain.write_network_view',
  `update chain.network
      set status = $2, reason = $3, head_number = coalesce($4, head_number), safe_number = coalesce($5, safe_number),
          finalized_number = greatest(finalized_number, $6), finalized_at = coalesce($7, finalized_at),
          followed_number = coalesce($8, followed_number), endpoints = $9::jsonb,
          base_fee_per_gas = coalesce($10, base_fee_per_gas),
          priority_fee_per_gas = coalesce($11, priority_fee_per_gas), viewed_at = clock_timestamp()
    where code = $1`,
);

/** How a Network is doing, the worst first. Pure. */
export function standingOf(tags: Tags, followed: bigint, config: NetworkConfig, nowMs: number): Standing {
  const { finality, blockTimeMs } = config;
  if (isStalled(tags, finality, nowMs)) {
    const seconds = Math.round((nowMs - tags.finalizedAtMs) / 1_000);
    return { status: 'STALLED', reason: `The newest finalized block is ${seconds} s old.` };
  }
  if (tags.agreements < Math.min(finality.agreementsMin, tags.endpoints)) {
    return { status: 'STALLED', reason: 'Endpoints do not agree on the finalized block.' };
  }
  const behind = tags.headNumber - followed;
  const allowed = BigInt(Math.ceil(LAGGING_MS / blockTimeMs));
  if (behind > (allowed > LAGGING_BLOCKS ? allowed : LAGGING_BLOCKS)) {
    return { status: 'LAGGING', reason: `${behind} blocks are still to be followed.` };
  }
  return { status: 'HEALTHY', reason: null };
}

/** Keeps a Network's row up to date: at once when its status changes, else once a second. */
export class NetworkView {
  readonly #config: NetworkConfig;
  readonly #client: ChainClient;
  #status: NetworkStatus | null = null;
  #atMs = Number.NEGATIVE_INFINITY;
  baseFeePerGasWei: bigint | null = null;

  constructor(config: NetworkConfig, client: ChainClient) {
    this.#config = config;
    this.#client = client;
  }

  /** @param guarded runs its work in a tx of whoever holds the lease */
  async show(
    { status, reason }: Standing,
    tags: Tags | null,
    followed: bigint | null,
    guarded: (work: (tx: Tx) => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    const nowMs = Date.now();
    if (status === this.#status && nowMs - this.#atMs < VIEW_INTERVAL_MS) return;
    const priority =
      status === 'UNREACHABLE' ? null : await this.#client.priorityFeePerGasWei().catch(() => null);
    await guarded((tx) =>
      tx.rows(WRITE, [
        this.#config.code,
        status,
        reason,
        tags?.headNumber ?? null,
        tags?.safeNumber ?? null,
        tags?.finalizedNumber ?? null,
        tags === null ? null : new Date(tags.finalizedAtMs),
        followed,
        JSON.stringify(this.#client.health()),
        this.baseFeePerGasWei,
        priority,
      ]),
    );
    this.#status = status;
    this.#atMs = nowMs;
  }
}

const STATUS = statement(
  'chain.read_network_status',
  'select status, finalized_number from chain.network where code = $1',
);

export async function readStanding(
  database: Database,
  network: string,
): Promise<{ readonly status: NetworkStatus; readonly finalizedNumber: bigint | null }> {
  const [row] = await database.write((tx) =>
    tx.rows<{ status: NetworkStatus; finalized_number: bigint | null }>(STATUS, [network]),
  );
  return { status: row?.status ?? 'STARTING', finalizedNumber: row?.finalized_number ?? null };
}
