import { inParallel } from '../../../../platform/inParallel.ts';
import type { Lease } from '../../../../platform/lease.ts';
import type { Logger } from '../../../../platform/log.ts';
import type { Database } from '../../../../platform/postgres.ts';
import type { KeyVault } from '../../../../platform/vault/keyVault.ts';
import { openBytes } from '../../../../platform/vault/sealedBytes.ts';
import { localTimeOf } from '../../calendar/zonedTime.ts';
import { decodeDetails } from '../../details.ts';
import type { BankMeters } from '../../metrics/bankMeters.ts';
import type { FileBank } from '../fileBank.ts';
import { type ComposedFile, composeFile, type OpenOrder } from './composeFile.ts';
import { ACH_FILES_A_DAY_MAX, ACH_ZONE } from './composeNacha.ts';
import { isDue } from './isDue.ts';
import { keepFile, refuseUnfit } from './keepFile.ts';
import {
  dropCancels,
  type FileFault,
  type KeptFile,
  keptFiles,
  markFault,
  markWritten,
  readKept,
} from './keptFiles.ts';
import { NameTakenError, putFile } from './outbox.ts';
import { readPlace, readWaiting, readWaitingOrders, type WaitingOrder } from './waiting.ts';

export interface HandingOver {
  /** Role omsx_bank. */
  readonly database: Database;
  readonly vault: KeyVault;
  readonly bank: FileBank;
  readonly meters?: BankMeters;
  readonly logger: Logger;
}

/** Files that are written in one round. */
const FILES_MAX = 16;
/** Details that are opened at a time: a vault may be far away. */
const OPENED_AT_A_TIME = 8;
const CANCELS_MAX = 1_000;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;
const DOUBLINGS_MAX = 6;

/**
 * One round: files that were kept and not written are written first, then what waits is made into a file if it is time.
 * Each step is known before the next one begins, so that a crash between two of them writes the same file, or none.
 *
 * @throws {LeaseLostError}
 */
export async function handOver(deps: HandingOver, lease: Lease): Promise<void> {
  const { database, bank } = deps;
  await dropCancels(database, bank.code, CANCELS_MAX);
  await writeKept(deps, lease);
  const waiting = await readWaiting(database, bank.code, bank.gathering.ordersMax);
  if (!isDue(bank, waiting)) return;
  if (await makeFile(deps, lease, waiting.now)) await writeKept(deps, lease);
}

/** Whether a file was made. Not when an order of it was called off meanwhile: the next round makes another. */
async function makeFile(deps: HandingOver, lease: Lease, now: Date): Promise<boolean> {
  const { database, vault, bank, logger } = deps;
  const adapter = bank.code;
  const { date: madeOn } = localTimeOf(now, bank.format === 'NACHA' ? ACH_ZONE : 'UTC');
  const next = await readPlace(database, adapter, madeOn);
  if (bank.format === 'NACHA' && next.earlierToday >= ACH_FILES_A_DAY_MAX) {
    logger.warn({ adapter }, 'orders wait until tomorrow: a day has no more files');
    return false;
  }
  const waiting = await readWaitingOrders(database, adapter, bank.gathering.ordersMax);
  const orders = await openOrders(vault, waiting);
  const { file, unfit } = composeFile(bank, orders, { ...next, now, madeOn });
  if (unfit.length > 0) {
    logger.error({ adapter, orderIds: unfit }, 'orders that no file of the bank can carry were refused');
    await refuseUnfit(database, lease, unfit);
  }
  if (file === null) return false;
  const isKept = await keepFile({ database, vault, adapter }, lease, file, { number: next.number, madeOn });
  if (isKept) logger.info({ adapter, ...told(file) }, 'a file for a bank was made');
  return isKept;
}

function told({ name, placed }: ComposedFile) {
  return { file: name, orders: placed.length };
}

async function openOrders(vault: KeyVault, waiting: readonly WaitingOrder[]): Promise<readonly OpenOrder[]> {
  const opened = new Map<string, OpenOrder>();
  await inParallel(waiting, OPENED_AT_A_TIME, async ({ sealed, ...order }) => {
    const details = await openBytes(vault, sealed, { purpose: 'omsx-bank-order', id: order.id });
    opened.set(order.id, { ...order, creditor: decodeDetails(details) });
  });
  return waiting.flatMap(({ id }) => opened.get(id) ?? []);
}

async function writeKept(deps: HandingOver, lease: Lease): Promise<void> {
  const { database, bank } = deps;
  for (const file of await keptFiles(database, bank.code, FILES_MAX)) await writeOne(deps, lease, file);
}

async function writeOne(deps: HandingOver, lease: Lease, file: KeptFile): Promise<void> {
  const { database, vault, bank, logger } = deps;
  const fault = file.isKnownToBank
    ? null
    : await tryPut(deps, file, await readKept({ database, vault, adapter: bank.code }, file.messageId));
  deps.meters?.fileWritten(bank.code, fault ?? 'WRITTEN');
  if (fault === null) return await markWritten(database, lease, file.id);
  const delayMs = Math.min(RETRY_MS * 2 ** Math.min(file.attempts, DOUBLINGS_MAX), RETRY_MS_MAX);
  logger.error({ adapter: bank.code, file: file.name, fault }, 'a file for a bank could not be written');
  await markFault(database, lease, file.id, { fault, delayMs });
}

/** Null when the file is in the folder. */
async function tryPut(
  { bank, logger }: HandingOver,
  { name }: KeptFile,
  bytes: Uint8Array,
): Promise<FileFault | null> {
  try {
    await putFile(bank.outbox, name, bytes);
    return null;
  } catch (error) {
    if (error instanceof NameTakenError) return 'NAME_TAKEN';
    logger.warn({ err: error, adapter: bank.code, file: name }, 'a folder for a bank cannot be written to');
    return 'NOT_WRITTEN';
  }
}
