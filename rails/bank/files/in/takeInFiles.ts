import { createHash } from 'node:crypto';
import { inParallel } from '../../../../platform/inParallel.ts';
import type { Logger } from '../../../../platform/log.ts';
import { statement } from '../../../../platform/statement.ts';
import { type Inbox, takeIn } from '../../inbox/takeIn.ts';
import type { BankMeters } from '../../metrics/bankMeters.ts';
import type { FileBank } from '../fileBank.ts';
import { type BankWord, type FileFailure, FileRefusedError } from './bankWords.ts';
import { INBOX_BYTES_MAX, type InboxFolder, type StillFile } from './inboxFolder.ts';
import { keepChange } from './keepChange.ts';
import { readWords } from './readWords.ts';
import { receivedOf } from './receivedOf.ts';
import { findSentOrders } from './sentOrders.ts';

/** Messages that are taken in at a time. */
const WIDTH = 4;

export interface TakingInFiles extends Inbox {
  readonly bank: FileBank;
  readonly folder: InboxFolder;
  readonly meters?: BankMeters;
  readonly logger: Logger;
}

const FIND_READ = statement(
  'bank.files.find_read',
  `select 1 from bank.inbox_file where adapter = $1 and digest = $2 and outcome = 'DONE'`,
);

const RECORD_READ = statement(
  'bank.files.record_read',
  `insert into bank.inbox_file (adapter, digest, name, outcome, reason, message_count) values ($1, $2, $3, $4, $5, $6)
   on conflict (adapter, digest) do update
     set name = excluded.name, outcome = excluded.outcome, reason = excluded.reason,
         message_count = excluded.message_count, read_at = clock_timestamp()
   where inbox_file.outcome = 'FAILED'`,
);

/**
 * Reads the files of a bank that lie still, each as a whole before anything is made of it, and puts them away. Each thing
 * that a file says is a message of its own, kept before it is judged: whatever happens between, and however often, the
 * same file read again changes nothing. Several processes may do it at once. Gives how many files were put away.
 */
export async function takeInFiles(deps: TakingInFiles, nowMs: number): Promise<number> {
  let count = 0;
  for (const file of await deps.folder.still(nowMs)) {
    try {
      if (await takeInFile(deps, file)) count += 1;
    } catch (error) {
      // What one file holds up is its own reading.
      deps.logger.error({ err: error, adapter: deps.adapter, file: file.name }, 'a file of a bank waits');
    }
  }
  return count;
}

async function takeInFile(deps: TakingInFiles, file: StillFile): Promise<boolean> {
  const { folder, logger, adapter } = deps;
  if (file.size > INBOX_BYTES_MAX) {
    const digest = digestOf(Buffer.from(`${file.name} ${file.size}`));
    await fail(
      deps,
      file,
      digest,
      new FileRefusedError('TOO_LARGE', `at most ${INBOX_BYTES_MAX} bytes are read`),
    );
    return true;
  }
  const bytes = await folder.read(file);
  if (bytes === null) return false;
  const digest = digestOf(bytes);
  try {
    const isRead = await wasRead(deps, digest);
    const messages = isRead ? 0 : await takeInWords(deps, readWords(deps.bank, bytes));
    if (!isRead) await record(deps, file, digest, { outcome: 'DONE', reason: null, messages });
    await folder.putAway(file.name, 'done', digest);
    deps.meters?.fileRead(adapter, 'DONE');
    logger.info({ adapter, file: file.name, messages }, 'a file of a bank was read');
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    await fail(deps, file, digest, error);
  }
  return true;
}

async function takeInWords(deps: TakingInFiles, words: readonly BankWord[]): Promise<number> {
  const { database, adapter, bank } = deps;
  const sent = await findSentOrders(database, adapter, words);
  const readAt = new Date();
  let count = 0;
  await inParallel(words, WIDTH, async (word) => {
    if (word.type === 'CHANGE') {
      await keepChange(deps, word, sent);
      count += 1;
      return;
    }
    for (const received of receivedOf(bank, word, sent, readAt)) {
      await takeIn(deps, received);
      count += 1;
    }
  });
  return count;
}

/** Known before the file goes, so that whoever is woken looks in the right folder. */
async function fail(
  deps: TakingInFiles,
  file: StillFile,
  digest: string,
  { reason, message }: FileRefusedError,
): Promise<void> {
  const { adapter, folder, logger } = deps;
  logger.error({ adapter, file: file.name, reason }, 'a file of a bank was refused');
  await record(deps, file, digest, { outcome: 'FAILED', reason, messages: 0 });
  deps.meters?.fileRead(adapter, reason);
  await folder.putAway(file.name, 'failed', digest, `${reason}\n${message}`);
}

async function record(
  { database, adapter }: TakingInFiles,
  { name }: StillFile,
  digest: string,
  of: { readonly outcome: 'DONE' | 'FAILED'; readonly reason: FileFailure | null; readonly messages: number },
): Promise<void> {
  const values = [adapter, digest, name.slice(0, 255), of.outcome, of.reason, of.messages];
  await database.write((tx) => tx.rows(RECORD_READ, values));
}

async function wasRead({ database, adapter }: TakingInFiles, digest: string): Promise<boolean> {
  return (await database.write((tx) => tx.rows(FIND_READ, [adapter, digest]))).length > 0;
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
