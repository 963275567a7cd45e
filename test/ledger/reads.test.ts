import { loadAssets } from '../../ledger/assets.ts';
import { balanceOf } from '../../ledger/balance.ts';
import { SYSTEM_KINDS } from '../../ledger/chart.ts';
import { listEntries, listEntriesOfMany } from '../../ledger/entries.ts';
import { expireHolds } from '../../ledger/expire.ts';
import { closeAccount, ensureSystemAccounts, openAccounts, registerHolders } from '../../ledger/open.ts';
import { postJournals } from '../../ledger/post.ts';
import { balancesAt, findAccounts, listAccounts } from '../../ledger/reads.ts';
import type { NewHold, NewTransfer } from '../../ledger/transfer.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { type LedgerDatabase, openLedgerDatabase } from './database.ts';

const organizationId = newUuid();
const otherId = newUuid();
const customerId = newUuid();
const ENTRIES = 40;

let ledger: LedgerDatabase;

beforeAll(async () => {
  ledger = await openLedgerDatabase();
  await ledger.accounts.write((tx) =>
    registerHolders(tx, [
      { id: organizationId, organizationId, kind: 'ORGANIZATION' },
      { id: otherId, organizationId: otherId, kind: 'ORGANIZATION' },
      { id: customerId, organizationId, kind: 'CUSTOMER' },
    ]),
  );
});

afterAll(() => ledger.close());

async function openOne(changes: { holderId?: Uuid; asset?: string } = {}): Promise<Uuid> {
  const id = newUuid();
  const account = {
    id,
    organizationId,
    holderId: customerId,
    kind: 'CUSTOMER',
    asset: 'USD',
    ...changes,
  } as const;
  const [result] = await ledger.accounts.write((tx) => openAccounts(tx, [account]));
  expect(result).toBe('OPENED');
  return id;
}

async function post(...transfers: readonly NewTransfer[]): Promise<void> {
  const journal = { id: newUuid(), organizationId, transactionId: null, transfers };
  const [result] = await ledger.payments.write((tx) => postJournals(tx, [journal]));
  expect(result).toMatchObject({ status: 'POSTED' });
}

async function systemAccount(kind: 'OMNIBUS' | 'FEES' = 'OMNIBUS'): Promise<Uuid> {
  const [id] = await ledger.payments.write((tx) =>
    ensureSystemAccounts(tx, [{ organizationId, kind, asset: 'USD' }]),
  );
  return id as Uuid;
}

describe('opening accounts', () => {
  it('answers each, and the same when asked again', async () => {
    const base = { organizationId, holderId: customerId, kind: 'CUSTOMER', asset: 'USD' } as const;
    const ids = Array.from({ length: 4 }, newUuid) as [Uuid, Uuid, Uuid, Uuid];
    const asked = [
      { ...base, id: ids[0], name: 'Rent, "food" & more', backsWallet: true },
      { ...base, id: ids[1], holderId: otherId },
      { ...base, id: ids[2], asset: 'XXX' },
      { ...base, id: ids[3], kind: 'TREASURY', holderId: organizationId } as const,
    ];
    const expected = [
      'OPENED',
      { code: 'HOLDER_NOT_FOUND', holderId: otherId },
      { code: 'ASSET_NOT_FOUND', asset: 'XXX' },
      'OPENED',
    ];
    for (let time = 0; time < 2; time++) {
      expect(await ledger.accounts.write((tx) => openAccounts(tx, asked))).toEqual(expected);
    }
    const other = { ...base, id: ids[0], asset: 'EUR' };
    expect(await ledger.accounts.write((tx) => openAccounts(tx, [other]))).toEqual([
      { code: 'ACCOUNT_ID_REUSED', accountId: ids[0] },
    ]);
    const [stored, ...missing] = await findAccounts(ledger.reader, organizationId, ids);
    expect(stored).toMatchObject({
      id: ids[0],
      name: 'Rent, "food" & more',
      backsWallet: true,
      normalSide: 'CREDIT',
      debitsMustNotExceedCredits: true,
      version: 0n,
      debitsPosted: 0n,
      closedAt: null,
    });
    expect(missing.slice(0, 2)).toEqual([null, null]);
  });

  it('makes one system account however many ask at once, also in another order', async () => {
    const assets = [...(await loadAssets(ledger.payments)).keys()];
    for (let round = 0; round < 10; round++) {
      const id = newUuid();
      await ledger.accounts.write((tx) =>
        registerHolders(tx, [{ id, organizationId: id, kind: 'ORGANIZATION' }]),
      );
      const wanted = assets.flatMap((asset) =>
        SYSTEM_KINDS.map((kind) => ({ organizationId: id, kind, asset })),
      );
      const answers = await Promise.all(
        Array.from({ length: 4 }, (_value, index) => {
          const order = index % 2 === 0 ? wanted : [...wanted].reverse();
          return ledger.payments.write(async (tx) => {
            const ids = await ensureSystemAccounts(tx, order);
            return index % 2 === 0 ? ids : [...ids].reverse();
          });
        }),
      );
      expect(new Set(answers.map((ids) => ids.join())).size).toBe(1);
      expect(new Set(answers[0]).size).toBe(wanted.length);
    }
  });

  it('closes an empty account, again and again, and no other', async () => {
    const [empty, full] = [await openOne(), await openOne()];
    await post({
      kind: 'SINGLE',
      id: newUuid(),
      debitAccountId: await systemAccount(),
      creditAccountId: full,
      amount: 1n,
    });
    const close = (id: Uuid): Promise<unknown> => ledger.accounts.write((tx) => closeAccount(tx, id));
    expect([await close(empty), await close(empty)]).toEqual(['CLOSED', 'CLOSED']);
    expect(await close(full)).toEqual({ code: 'ACCOUNT_NOT_EMPTY', accountId: full });
    expect(await close(otherId)).toEqual({ code: 'ACCOUNT_NOT_FOUND', accountId: otherId });
    const [account] = await findAccounts(ledger.reader, organizationId, [empty]);
    expect(account?.closedAt).toBeInstanceOf(Date);
  });

  it('knows every asset with its scale', async () => {
    const assets = await loadAssets(ledger.reader);
    expect(assets.get('USDC')).toEqual({ code: 'USDC', scale: 6, name: 'USD Coin', isFiat: false });
    expect(assets.get('JPY')?.scale).toBe(0);
  });
});

describe('listing accounts', () => {
  const holderId = newUuid();
  const ids: Uuid[] = [];

  beforeAll(async () => {
    await ledger.accounts.write((tx) =>
      registerHolders(tx, [{ id: holderId, organizationId, kind: 'CUSTOMER' }]),
    );
    for (let n = 0; n < 6; n++) ids.push(await openOne({ holderId, asset: n % 2 === 0 ? 'USD' : 'EUR' }));
  });

  const list = async (filter: object, page: object): Promise<readonly number[]> => {
    const asked = { limit: 10, newestFirst: false, ...page };
    const rows = await listAccounts(ledger.reader, organizationId, { holderId, ...filter }, asked);
    return rows.map((account) => ids.indexOf(account.id));
  };

  it('pages in both directions', async () => {
    expect(await list({}, {})).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await list({}, { newestFirst: true, limit: 2 })).toEqual([5, 4]);
    expect(await list({}, { newestFirst: true, limit: 2, afterId: ids[4] })).toEqual([3, 2]);
    expect(await list({}, { newestFirst: true, afterId: ids[4], beforeId: ids[1] })).toEqual([3, 2]);
    expect(await list({}, { afterId: ids[1], beforeId: ids[4] })).toEqual([2, 3]);
  });

  it('filters by asset, kind and holder', async () => {
    expect(await list({ asset: 'EUR' }, {})).toEqual([1, 3, 5]);
    expect(await list({ kinds: ['TREASURY', 'FEES'] }, {})).toEqual([]);
    expect(await list({ kinds: ['CUSTOMER'], asset: 'USD' }, {})).toEqual([0, 2, 4]);
    const all = await listAccounts(ledger.reader, organizationId, {}, { limit: 1_000, newestFirst: false });
    expect(all.length).toBeGreaterThan(6);
    expect(await listAccounts(ledger.reader, otherId, {}, { limit: 10, newestFirst: true })).toEqual([]);
  });
});

describe('Entries', () => {
  let accountId: Uuid;
  let feesId: Uuid;
  const times: Date[] = [];
  const balances: bigint[] = [];

  /** Money in, held, captured and out again in turn, each at an instant of its own. */
  beforeAll(async () => {
    accountId = await openOne();
    const omnibusId = await systemAccount();
    feesId = await systemAccount('FEES');
    let held = newUuid();
    for (let n = 0; n < ENTRIES; n++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const id = newUuid();
      if (n % 4 === 0) {
        await post({
          kind: 'SINGLE',
          id,
          debitAccountId: omnibusId,
          creditAccountId: accountId,
          amount: 10n,
        });
      } else if (n % 4 === 1) {
        await post({ kind: 'PENDING', id, debitAccountId: accountId, creditAccountId: feesId, amount: 3n });
        held = id;
      } else if (n % 4 === 2) {
        await post({ kind: 'POST_PENDING', id, pendingId: held, amount: 2n });
      } else {
        await post({ kind: 'SINGLE', id, debitAccountId: accountId, creditAccountId: feesId, amount: 1n });
      }
      const [account] = await findAccounts(ledger.reader, organizationId, [accountId]);
      balances.push(account === undefined || account === null ? -1n : balanceOf(account).available);
    }
    const entries = await listEntries(
      ledger.reader,
      organizationId,
      accountId,
      {},
      { limit: 100, newestFirst: false },
    );
    times.push(...entries.map((entry) => entry.createdAt));
  });

  const versions = async (range: object, page: object): Promise<readonly bigint[]> => {
    const asked = { limit: 100, newestFirst: false, ...page };
    const entries = await listEntries(ledger.reader, organizationId, accountId, range, asked);
    return entries.map((entry) => entry.version);
  };

  const counted = (from: number, to: number): readonly bigint[] =>
    Array.from({ length: to - from + 1 }, (_value, index) => BigInt(from + index));

  it('say what moved, which way, and what was held after it', async () => {
    const page = { limit: 4, newestFirst: false };
    const entries = await listEntries(ledger.reader, organizationId, accountId, {}, page);
    const { posted, pending, available } = { posted: 10n, pending: 10n, available: 10n };
    expect(entries).toMatchObject([
      {
        side: 'CREDIT',
        kind: 'SINGLE',
        amount: 10n,
        version: 1n,
        balanceAfter: { posted, pending, available },
      },
      { side: 'DEBIT', kind: 'PENDING', balanceAfter: { posted: 10n, pending: 7n, available: 7n } },
      {
        side: 'DEBIT',
        kind: 'POST_PENDING',
        amount: 2n,
        otherAccountId: feesId,
        balanceAfter: { posted: 8n },
      },
      {
        side: 'DEBIT',
        kind: 'SINGLE',
        balanceAfter: { posted: 7n, pending: 7n, available: 7n, version: 4n },
      },
    ]);
  });

  it('page in both directions without gap or repetition', async () => {
    expect(await versions({}, {})).toEqual(counted(1, ENTRIES));
    expect(await versions({}, { newestFirst: true })).toEqual([...counted(1, ENTRIES)].reverse());
    expect(await versions({}, { limit: 3, afterVersion: 7n })).toEqual([8n, 9n, 10n]);
    expect(await versions({}, { limit: 3, newestFirst: true, afterVersion: 7n })).toEqual([6n, 5n, 4n]);
    expect(await versions({}, { afterVersion: 7n, beforeVersion: 10n })).toEqual([8n, 9n]);
    expect(await versions({}, { newestFirst: true, afterVersion: 10n, beforeVersion: 7n })).toEqual([9n, 8n]);
  });

  it('can be asked for by time, the first instant included and the last not', async () => {
    const range = { from: times[4], to: times[9] };
    expect(await versions(range, {})).toEqual(counted(5, 9));
    expect(await versions({ from: times[ENTRIES - 1] }, {})).toEqual([BigInt(ENTRIES)]);
    expect(await versions({ to: times[0] }, {})).toEqual([]);
    expect(await versions(range, { newestFirst: true, limit: 2, afterVersion: 8n })).toEqual([7n, 6n]);
  });

  it('are nobody else’s, and come for many accounts at once', async () => {
    const page = { limit: 2, newestFirst: true };
    expect(await listEntries(ledger.reader, otherId, accountId, {}, page)).toEqual([]);
    const lists = await listEntriesOfMany(
      ledger.reader,
      organizationId,
      [otherId, feesId, accountId],
      {},
      page,
    );
    expect(lists.map((entries) => entries.map((entry) => entry.accountId))).toEqual([
      [],
      [feesId, feesId],
      [accountId, accountId],
    ]);
  });

  it('give the balance at any instant', async () => {
    const at = async (time: Date): Promise<unknown> => {
      const [balance] = await balancesAt(ledger.reader, organizationId, [accountId], time);
      return balance;
    };
    for (let n = 0; n < ENTRIES; n++) {
      const time = times[n] as Date;
      expect(await at(time)).toMatchObject({ version: BigInt(n + 1), available: balances[n] });
      expect(await at(new Date(time.getTime() - 1))).toMatchObject({ version: BigInt(n) });
    }
    expect(await at(new Date(0))).toEqual({ posted: 0n, pending: 0n, available: 0n, version: 0n });
    expect(await at(new Date('2100-01-01'))).toMatchObject({ version: BigInt(ENTRIES) });
    expect(await balancesAt(ledger.reader, otherId, [accountId], new Date())).toEqual([null]);
  });
});

describe('expired Holds', () => {
  it('are released, once, and those of Transactions are left alone', async () => {
    const [accountId, omnibusId] = [await openOne(), await systemAccount()];
    const expiresAt = new Date(Date.now() + 60);
    const hold = (id: Uuid): NewHold => ({
      kind: 'PENDING',
      id,
      debitAccountId: omnibusId,
      creditAccountId: accountId,
      amount: 5n,
      expiresAt,
    });
    await post(hold(newUuid()), hold(newUuid()), { ...hold(newUuid()), expiresAt: new Date('2100-01-01') });
    const journal = {
      id: newUuid(),
      organizationId,
      transactionId: newUuid(),
      transfers: [hold(newUuid())],
    };
    await ledger.payments.write((tx) => postJournals(tx, [journal]));
    const expire = (): Promise<number> => ledger.payments.write((tx) => expireHolds(tx, 100));
    expect(await expire()).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 80));
    const released = await Promise.all([expire(), expire(), expire()]);
    expect(released.reduce((sum, count) => sum + count, 0)).toBe(2);
    const [account] = await findAccounts(ledger.reader, organizationId, [accountId]);
    expect(account?.creditsPending).toBe(10n);
  });
});
