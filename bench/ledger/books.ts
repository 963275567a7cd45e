import { ensureSystemAccounts, openAccounts, registerHolders } from '../../ledger/open.ts';
import { postJournals } from '../../ledger/post.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { invariant, present } from '../../platform/invariant.ts';
import type { Database, Tx } from '../../platform/postgres.ts';

/** The accounts of a benchmark: one organization, many funded customers' accounts, one that everybody pays. */
export interface Books {
  readonly organizationId: Uuid;
  readonly accountIds: readonly Uuid[];
  readonly hotAccountId: Uuid;
}

const CHUNK = 1_000;
const ASSET = 'USD';
/** So much that nobody runs dry within a run. */
const FUNDS = 1_000_000_000n;

/** Opens `count` accounts and one more, and funds them from OMNIBUS. `accounts` writes holders, `payments` posts. */
export async function openBooks(accounts: Database, payments: Database, count: number): Promise<Books> {
  const organizationId = newUuid();
  await accounts.write((tx) =>
    registerHolders(tx, [{ id: organizationId, organizationId, kind: 'ORGANIZATION' }]),
  );
  const accountIds: Uuid[] = [];
  while (accountIds.length <= count) {
    const ids = Array.from({ length: Math.min(CHUNK, count + 1 - accountIds.length) }, newUuid);
    await payments.write(async (tx) => {
      await open(tx, organizationId, ids);
      const [omnibusId] = await ensureSystemAccounts(tx, [{ organizationId, kind: 'OMNIBUS', asset: ASSET }]);
      await fund(tx, organizationId, present(omnibusId, 'omnibus account'), ids);
    });
    accountIds.push(...ids);
  }
  return { organizationId, hotAccountId: present(accountIds.pop(), 'hot account'), accountIds };
}

async function open(tx: Tx, organizationId: Uuid, ids: readonly Uuid[]): Promise<void> {
  const results = await openAccounts(
    tx,
    ids.map((id) => ({ id, organizationId, holderId: organizationId, kind: 'TREASURY', asset: ASSET })),
  );
  invariant(
    results.every((result) => result === 'OPENED'),
    'an account was not opened',
  );
}

async function fund(tx: Tx, organizationId: Uuid, from: Uuid, ids: readonly Uuid[]): Promise<void> {
  const results = await postJournals(
    tx,
    ids.map((id) => ({
      id: newUuid(),
      organizationId,
      transactionId: null,
      transfers: [
        { kind: 'SINGLE', id: newUuid(), debitAccountId: from, creditAccountId: id, amount: FUNDS },
      ],
    })),
  );
  invariant(
    results.every((result) => result.status === 'POSTED'),
    'an account was not funded',
  );
}
