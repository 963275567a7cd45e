import { createHash } from 'node:crypto';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { sealBytes } from '../../../platform/vault/sealedBytes.ts';
import type { Inbox } from '../inbox/takeIn.ts';
import { type BankLinePage, type BankProvider, ProviderSilentError } from '../provider.ts';
import { insertStatement } from './insertStatement.ts';
import { type Account, statementsOf } from './statementsOf.ts';

/** Pages of one round; the next round goes on. */
const PAGES_MAX = 20;

const READ_POSITION = statement(
  'bank.read_statement_position',
  'select position from bank.statement_position where adapter = $1',
);

/** What a bank said before it does not say less later. */
const WRITE_POSITION = statement(
  'bank.write_statement_position',
  `insert into bank.statement_position as known (adapter, position, covers_until) values ($1, $2, $3)
   on conflict (adapter) do update
      set position = excluded.position, covers_until = greatest(known.covers_until, excluded.covers_until)`,
);

const KEEP_PAGE = statement(
  'bank.keep_line_page',
  `insert into bank.message (id, adapter, direction, key, sealed, outcome) values ($1, $2, 'IN', $3, $4, 'APPLIED')
   on conflict (adapter, direction, key) do nothing returning 1`,
);

const FIND_OWNERS = statement(
  'bank.find_line_owners',
  `select holder.id::text || ' ' || asset.code as known
     from ledger.holder cross join ledger.asset
    where holder.kind = 'ORGANIZATION' and holder.id::text = any($1::text[]) and asset.code = any($2::text[])`,
);

/**
 * Reads the provider's statements from where they were read before. Each page is kept as a message before anything is
 * made of it; lines that are known already change nothing. Safe to repeat, and by several processes at once.
 */
export async function pollLines(inbox: Inbox, provider: BankProvider, logger: Logger): Promise<void> {
  const { database, adapter } = inbox;
  if (provider.listLines === undefined) return;
  const [row] = await database.write((tx) =>
    tx.rows<{ readonly position: string }>(READ_POSITION, [adapter]),
  );
  let position = row?.position ?? '';
  try {
    for (let page = 0; page < PAGES_MAX; page++) {
      const read = await provider.listLines(position);
      await takeInLines(inbox, read);
      if (read.lines.length === 0) return;
      position = read.next;
    }
  } catch (error) {
    if (error instanceof ProviderSilentError) {
      logger.warn({ adapter }, 'a bank does not answer; its statements are read later');
      return;
    }
    logger.error(
      { err: error, adapter },
      'the statements of a bank could not be read; a later round tries again',
    );
  }
}

/** Stores a page of lines, and how far it reaches, in one tx. Safe to repeat. */
export async function takeInLines(inbox: Inbox, page: BankLinePage): Promise<void> {
  const { database, vault, adapter } = inbox;
  const { lines, next, asOf, bytes } = page;
  const id = newUuid();
  // Sealing asks the vault, which may not happen within a tx.
  const sealed =
    lines.length === 0 ? null : await sealBytes(vault, bytes, { purpose: 'omsx-bank-message', id });
  await database.write(async (tx) => {
    if (sealed !== null) await takeInPage(tx, adapter, page, { id, sealed });
    await tx.rows(WRITE_POSITION, [adapter, next, asOf.toISOString()]);
  });
}

async function takeInPage(
  tx: Tx,
  adapter: string,
  page: BankLinePage,
  message: { readonly id: Uuid; readonly sealed: Uint8Array },
): Promise<void> {
  const key = `lines ${createHash('sha256').update(page.bytes).digest('hex')}`;
  const kept = await tx.rows(KEEP_PAGE, [message.id, adapter, key, Buffer.from(message.sealed)]);
  if (kept.length === 0) return;
  const rows = await tx.rows<{ readonly known: string }>(FIND_OWNERS, [
    [...new Set(page.lines.flatMap(({ customer }) => customer ?? []))],
    [...new Set(page.lines.map(({ asset }) => asset))],
  ]);
  const known = new Set(rows.map((row) => row.known));
  const ownerOf = ({ customer, asset }: Account): Uuid | null =>
    known.has(`${customer} ${asset}`) ? (customer as Uuid) : null;
  const arrived = { adapter, source: 'FEED', messageId: message.id, takenInBy: null } as const;
  for (const one of statementsOf(page, ownerOf)) await insertStatement(tx, arrived, one);
}
