import type { Registry } from 'prom-client';
import { loadAssets } from '../../../ledger/assets.ts';
import { Bell } from '../../../platform/feed/bell.ts';
import { listenForHints } from '../../../platform/feed/hint.ts';
import { newUuid } from '../../../platform/id.ts';
import { startLeasedLoop } from '../../../platform/leasedLoop.ts';
import type { Logger } from '../../../platform/log.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import { startRounds } from '../../../platform/rounds.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { WebhookKeyring } from '../adapters/webhookKeyring.ts';
import { createWebhookSender, type Resolve } from '../adapters/webhookSender.ts';
import { FAN_OUT, WEBHOOK_CHANNEL } from '../store/fanOutWebhooks.ts';
import { pruneWebhooks } from '../store/pruneWebhooks.ts';
import { startDelivery } from './deliverWebhooks.ts';
import { fanOutWebhooks } from './fanOutWebhooks.ts';
import { gaugePayouts } from './payoutMeters.ts';
import { gaugeReconciliation } from './reconciliationMeters.ts';
import { WebhookMeters } from './webhookMeters.ts';

/** Claims, records, fan-out with its lease, keys and a scrape have one each. */
const POOL_MAX = 6;
const LEASE_MS = 10_000;
const PRUNE_PAUSE_MS = 60_000;
const PRUNE_SIZE_MAX = 1_000;
/** As long as the outbox keeps events. */
export const DELIVERY_DAYS = 30;

export interface WebhooksOptions {
  readonly url: string;
  readonly vault: KeyVault;
  readonly logger: Logger;
  /** Whether endpoints on this machine may be sent to, also without TLS. */
  readonly allowsLoopback: boolean;
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
  readonly claimMs?: number;
}

export interface Webhooks {
  /** Adds what is to be known of them to the metrics of this process. */
  gauge(registry: Registry): void;
  close(): Promise<void>;
}

/** Starts telling endpoints of events: one process at a time spreads the outbox, each of them sends. */
export async function startWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { url, vault, logger } = options;
  const database = await openDatabase({ url, role: 'omsx_webhooks', poolMax: POOL_MAX });
  const meters = new WebhookMeters();
  const sender = createWebhookSender(options);
  const keyring = new WebhookKeyring(database, vault);
  const claimMs = options.claimMs === undefined ? {} : { claimMs: options.claimMs };
  const delivery = startDelivery({ database, keyring, sender, meters, logger, ...claimMs });
  const bell = new Bell();
  const assets = await loadAssets(database);
  const fanOut = startLeasedLoop({
    database,
    logger,
    name: FAN_OUT,
    holder: newUuid(),
    lifetimeMs: LEASE_MS,
    bell,
    work: (lease, signal) =>
      fanOutWebhooks({ database, assets, bell, onQueued: () => delivery.ring() }, lease, signal),
  });
  const pruning = startRounds(
    async () => {
      const pruned = await database.write((tx) => pruneWebhooks(tx, DELIVERY_DAYS, PRUNE_SIZE_MAX));
      return pruned === PRUNE_SIZE_MAX ? 0 : PRUNE_PAUSE_MS;
    },
    PRUNE_PAUSE_MS,
    (error) => logger.warn({ err: error }, 'old webhook deliveries could not be forgotten'),
  );
  const events = listenForHints({ url, name: 'omsx webhooks', logger, onHint: () => bell.ring() });
  const queued = listenForHints({
    url,
    name: 'omsx webhook senders',
    channel: WEBHOOK_CHANNEL,
    logger,
    onHint: () => delivery.ring(),
  });
  return {
    gauge(registry) {
      meters.register(registry, database, logger);
      gaugeReconciliation(registry, database, logger);
      gaugePayouts(registry, database, logger);
    },
    async close() {
      await Promise.all([events.close(), queued.close(), fanOut.stop(), pruning.stop()]);
      await delivery.stop();
      await sender.close();
      await database.close();
    },
  };
}
