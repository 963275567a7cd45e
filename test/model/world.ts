import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../platform/log.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { placeKeyOf } from '../../rails/bank/externalAccounts/fingerprint.ts';
import { IBAN, isoBank } from '../../rails/bank/files/banks.fixture.ts';
import type { FileBank } from '../../rails/bank/files/fileBank.ts';
import { startFileWork } from '../../rails/bank/files/fileWork.ts';
import { InboxFolder } from '../../rails/bank/files/in/inboxFolder.ts';
import { takeInFiles } from '../../rails/bank/files/in/takeInFiles.ts';
import { type Inbox, takeIn } from '../../rails/bank/inbox/takeIn.ts';
import type { BankEvent } from '../../rails/bank/provider.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { FileBankSimulator } from '../../rails/bank/simulator/files/fileBankSimulator.ts';
import { type CashInbox, takeInCash } from '../../rails/cash/inbox/takeIn.ts';
import type { CashEvent } from '../../rails/cash/provider.ts';
import { CASH_SIMULATOR } from '../../rails/cash/simulator/client.ts';
import { screeningOfMode } from '../../rails/screening/screeningOfMode.ts';
import { createPayoutsLane } from '../../subgraphs/payments/commands/payouts/lane.ts';
import { endDue } from '../../subgraphs/payments/workers/endWaits.ts';
import { expireDue, HOLDS, QUOTES } from '../../subgraphs/payments/workers/expire.ts';
import { finalizeDue } from '../../subgraphs/payments/workers/finalize.ts';
import { REFUND_RETRIES } from '../../subgraphs/payments/workers/retryRefunds.ts';
import { settleBankRound } from '../../subgraphs/payments/workers/settleBank.ts';
import { CASH_INS, settleCashRound } from '../../subgraphs/payments/workers/settleCash.ts';
import { type Asks as BankAsks, createAsks as createBankAsks } from '../bank/asks.ts';
import { SECRET } from '../bank/world.ts';
import { type Asks as CashAsks, createAsks as createCashAsks } from '../cash/asks.ts';
import { type Fixture, openFixture } from '../payments/fixture.ts';
import { type World as ChainWorld, openWorldOn } from '../payments/onchainWorld.ts';

/** Nobody takes calls there: what a bank or a counter would say, the model says. */
const NOWHERE = { url: 'http://127.0.0.1:9', secret: SECRET, timeoutMs: 100 };
const PAUSE_MS = 20;

/** All rails on one database, with nobody at work but when a step says so. */
export interface ModelWorld {
  readonly fixture: Fixture;
  readonly keyFile: string;
  readonly chain: ChainWorld;
  readonly bank: BankAsks;
  readonly cash: CashAsks;
  /** The bank that answers with files. */
  readonly outside: FileBankSimulator;
  tellBank(event: BankEvent): Promise<string>;
  tellCash(event: CashEvent): Promise<string>;
  tellFiles(texts: readonly string[]): Promise<void>;
  /** Orders into files, until these have gone out. */
  writeFiles(ids: readonly string[]): Promise<void>;
  /** Takes the books as far as all places outside are. */
  settle(): Promise<void>;
  /** Ends what the clock has run out on, and what was asked to be called off. */
  endWaits(): Promise<void>;
  expire(): Promise<void>;
  finalize(): Promise<void>;
  retryRefunds(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<ModelWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'omsx-model-'));
  const keyFile = join(folder, 'seal.key');
  const vault = await openFileVault(keyFile, 'create');
  const files = isoBank(folder);
  const route = (rail: string) => (rail === 'SEPA' ? files.code : SIMULATOR);
  const fixture = await openFixture({
    bank: { adapter: SIMULATOR, route, vault },
    cash: { adapter: CASH_SIMULATOR, vault },
  });
  const { url, payments } = fixture;
  const { lane } = payments;
  const chain = await openWorldOn(fixture);
  const { writes: database } = chain;
  const logger = createLogger({ level: 'silent', name: 'test' });
  const bankDatabase = await openDatabase({ url, role: 'omsx_bank', poolMax: 8 });
  const cashDatabase = await openDatabase({ url, role: 'omsx_cash', poolMax: 4 });
  const payoutsLane = createPayoutsLane(database);
  const screener = { provider: screeningOfMode('sandbox'), logger };
  const placeKey = placeKeyOf(SECRET);
  const inbox: Inbox = { database: bankDatabase, vault, placeKey, adapter: SIMULATOR, screener };
  const cashInbox: CashInbox = { database: cashDatabase, vault, adapter: CASH_SIMULATOR };
  const bytes = new Uint8Array();
  const bank = createBankAsks(fixture);
  return {
    ...{ fixture, keyFile, chain, bank, cash: createCashAsks(fixture, NOWHERE) },
    ...createFiles({ folder, files, inbox, bank, url, logger }),
    tellBank: (event) => takeIn(inbox, { event, bytes }),
    tellCash: (event) => takeInCash(cashInbox, { event, bytes }),
    async settle() {
      const settlement = { database, lane, logger };
      await settleBankRound(settlement, new Map());
      await settleCashRound(settlement, new Map());
      await chain.settle();
    },
    async endWaits() {
      await endDue({ database, lane, payoutsLane });
    },
    async expire() {
      await expireDue(HOLDS, database, lane);
      await expireDue(QUOTES, database, lane);
      await expireDue(CASH_INS, database, lane);
      await endDue({ database, lane, payoutsLane });
    },
    finalize: () => finalizeDue(database, lane),
    async retryRefunds() {
      await expireDue(REFUND_RETRIES, database, lane);
    },
    async close() {
      await payoutsLane.drain();
      await Promise.all([bankDatabase.close(), cashDatabase.close()]);
      await chain.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A bank by files, on real folders. */
function createFiles(ground: {
  readonly folder: string;
  readonly files: FileBank;
  readonly inbox: Inbox;
  readonly bank: BankAsks;
  readonly url: string;
  readonly logger: ReturnType<typeof createLogger>;
}): Pick<ModelWorld, 'outside' | 'tellFiles' | 'writeFiles'> {
  const { folder, files, inbox, bank, url, logger } = ground;
  const outside = new FileBankSimulator({
    ...{ outbox: files.outbox, inbox: files.inbox, taken: join(folder, 'taken'), currency: 'EUR' },
    account: { kind: 'IBAN', iban: IBAN },
    today: () => new Date().toISOString().slice(0, 10),
  });
  return {
    outside,
    async tellFiles(texts) {
      for (const text of texts) await outside.put(text);
      const inboxFolder = new InboxFolder(files.inbox, 0);
      await inboxFolder.still(0);
      const of = { ...inbox, adapter: files.code, bank: files, folder: inboxFolder, logger };
      await takeInFiles(of, 1);
    },
    async writeFiles(ids) {
      if (ids.length === 0) return;
      const { database, vault, placeKey } = inbox;
      const work = startFileWork({
        ...{ database, databaseUrl: url, vault, placeKey, bank: files, pauseMs: PAUSE_MS, logger },
      });
      for (const id of ids) await bank.untilOrder(id, 'SUBMITTED');
      await work.close();
    },
  };
}
