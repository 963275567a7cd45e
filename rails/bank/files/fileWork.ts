import { Bell } from '../../../platform/feed/bell.ts';
import { listenForHints } from '../../../platform/feed/hint.ts';
import { newUuid } from '../../../platform/id.ts';
import type { Lease } from '../../../platform/lease.ts';
import { startLeasedLoop } from '../../../platform/leasedLoop.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import type { ScreeningProvider } from '../../screening/provider.ts';
import { screeningOfMode } from '../../screening/screeningOfMode.ts';
import { BankMeters } from '../metrics/bankMeters.ts';
import { ORDER_CHANNEL } from '../orders.ts';
import type { FileBank } from './fileBank.ts';
import { InboxFolder } from './in/inboxFolder.ts';
import { takeInFiles } from './in/takeInFiles.ts';
import { handOver } from './out/handOver.ts';
import { removeDrafts } from './out/outbox.ts';

const LEASE_MS = 5_000;
const PAUSE_MS = 1_000;

export interface FileWorkOptions {
  /** Role omsx_bank. */
  readonly database: Database;
  /** For connections that listen. */
  readonly databaseUrl: string;
  readonly vault: KeyVault;
  /** Of `placeKeyOf`: by it the details of virtual accounts are recognised. */
  readonly placeKey: Buffer;
  readonly bank: FileBank;
  /** Between two looks at the folders; 1 s when left out. */
  readonly pauseMs?: number;
  /** Counts what is done. */
  readonly meters?: BankMeters;
  /** Who says whom money may come from; the sandbox's own list where it is left out. */
  readonly screening?: ScreeningProvider;
  readonly logger: Logger;
}

export interface FileWork {
  /** Resolves when what is under way is over. */
  close(): Promise<void>;
}

/**
 * All that is done with one bank by files, in one process of a deployment at a time: orders into files, files of the bank
 * into facts. The two directions have a lease each, so that a long statement holds up no payment.
 */
export function startFileWork(options: FileWorkOptions): FileWork {
  const { database, databaseUrl: url, vault, placeKey, bank, logger, pauseMs = PAUSE_MS } = options;
  const { meters = new BankMeters(), screening = screeningOfMode('sandbox') } = options;
  const screener = { provider: screening, logger };
  const holder = newUuid();
  const bells = { out: new Bell(), in: new Bell() };
  const hints = listenForHints({
    ...{ url, name: `omsx files ${bank.code}`, channel: ORDER_CHANNEL, logger },
    onHint: () => bells.out.ring(),
  });
  const folder = new InboxFolder(bank.inbox, bank.settledMs);
  const rounds = {
    out: (lease: Lease) => handOver({ database, vault, bank, meters, logger }, lease),
    in: () =>
      takeInFiles(
        { database, vault, placeKey, adapter: bank.code, screener, bank, folder, meters, logger },
        performance.now(),
      ),
  };
  const loops = (['out', 'in'] as const).map((direction) =>
    startLeasedLoop({
      ...{ database, logger, holder, lifetimeMs: LEASE_MS, bell: bells[direction] },
      name: `bank ${bank.code} ${direction}`,
      async work(lease, signal) {
        if (direction === 'out') await removeDrafts(bank.outbox);
        while (!signal.aborted) {
          await rounds[direction](lease);
          if (!signal.aborted) await bells[direction].wait(pauseMs);
        }
      },
    }),
  );
  return {
    async close() {
      await Promise.all([...loops.map((loop) => loop.stop()), hints.close()]);
    },
  };
}
