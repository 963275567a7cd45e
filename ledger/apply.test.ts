import { journalOf, NOW, OTHER_ORGANIZATION, stateFor, testAccount, testId } from '../test/ledger/books.ts';
import type { LedgerAccount } from './account.ts';
import { applyJournal, type JournalResult } from './apply.ts';
import type { LedgerState } from './state.ts';
import type { Journal, NewHold, NewSingle, NewTransfer } from './transfer.ts';

const OMNIBUS = testId(100);
const ANN = testId(101);
const BEN = testId(102);
const EUROS = testId(103);
const FOREIGN = testId(104);
const FEES = testId(105);

function accounts(funds: bigint): readonly LedgerAccount[] {
  return [
    testAccount(OMNIBUS, 'OMNIBUS', { debitsPosted: funds, version: 1n }),
    testAccount(ANN, 'CUSTOMER', { creditsPosted: funds, version: 1n }),
    testAccount(BEN, 'CUSTOMER'),
    testAccount(EUROS, 'CUSTOMER', { asset: 'EUR' }),
    testAccount(FOREIGN, 'CUSTOMER', { organizationId: OTHER_ORGANIZATION }),
    testAccount(FEES, 'FEES'),
  ];
}

let serial = 1_000;
const nextId = (): ReturnType<typeof testId> => testId(serial++);

function single(changes: Partial<NewSingle> = {}): NewSingle {
  return { kind: 'SINGLE', id: nextId(), debitAccountId: ANN, creditAccountId: BEN, amount: 10n, ...changes };
}

function hold(changes: Partial<NewHold> = {}): NewHold {
  return { ...single(), kind: 'PENDING', ...changes };
}

/** Posts each list as a Journal of its own on one state, in which Ann has 100. */
function postAll(...lists: readonly (readonly NewTransfer[])[]): [LedgerState, readonly JournalResult[]] {
  const journals = lists.map((transfers) => journalOf(nextId(), ...transfers));
  const state = stateFor(journals, accounts(100n));
  return [state, journals.map((journal) => applyJournal(state, journal))];
}

function last(...lists: readonly (readonly NewTransfer[])[]): JournalResult | undefined {
  return postAll(...lists)[1].at(-1);
}

function refusal(result: JournalResult | undefined): unknown {
  return result?.status === 'REJECTED' ? result.rejection : result?.status;
}

describe('a single Transfer', () => {
  it('moves money and says what both accounts hold after it', () => {
    const [state, [result]] = postAll([single({ description: 'rent' })]);
    expect(result).toMatchObject({
      status: 'POSTED',
      transfers: [
        {
          kind: 'SINGLE',
          amount: 10n,
          asset: 'USD',
          description: 'rent',
          debitVersion: 2n,
          debitPostedAfter: 90n,
          creditVersion: 1n,
          creditPostedAfter: 10n,
          createdAt: NOW,
        },
      ],
    });
    expect(state.accounts.get(ANN)).toMatchObject({ debitsPosted: 10n, creditsPosted: 100n, version: 2n });
    expect(state.accounts.get(BEN)).toMatchObject({ debitsPosted: 0n, creditsPosted: 10n, version: 1n });
  });

  it('is refused when the debit account holds less', () => {
    expect(refusal(last([single({ amount: 101n })]))).toEqual({
      code: 'INSUFFICIENT_FUNDS',
      accountId: ANN,
      available: 100n,
      required: 101n,
    });
    expect(refusal(last([single({ amount: 100n })]))).toBe('POSTED');
  });

  it('may overdraw a system account', () => {
    expect(refusal(last([single({ debitAccountId: FEES })]))).toBe('POSTED');
  });

  it.each([0n, -1n, 10n ** 38n])('is refused for the amount %s', (amount) => {
    expect(refusal(last([single({ amount })]))).toEqual({ code: 'INVALID_AMOUNT', amount });
  });

  it('is refused when a counter would have more than 38 digits', () => {
    const amount = 10n ** 38n - 1n;
    const movement = { debitAccountId: OMNIBUS, creditAccountId: FEES };
    expect(refusal(last([single({ ...movement, amount: 1n })], [single({ ...movement, amount })]))).toEqual({
      code: 'INVALID_AMOUNT',
      amount,
    });
  });

  it('is refused between an account and itself', () => {
    expect(refusal(last([single({ creditAccountId: ANN })]))).toEqual({
      code: 'SAME_ACCOUNT',
      accountId: ANN,
    });
  });

  it('is refused between assets', () => {
    expect(refusal(last([single({ creditAccountId: EUROS })]))).toEqual({
      code: 'ASSET_MISMATCH',
      accountId: EUROS,
      actual: 'EUR',
      expected: 'USD',
    });
  });

  it('cannot tell an account of another organization from none', () => {
    const nobody = testId(999);
    expect(refusal(last([single({ creditAccountId: FOREIGN })]))).toEqual({
      code: 'ACCOUNT_NOT_FOUND',
      accountId: FOREIGN,
    });
    expect(refusal(last([single({ creditAccountId: nobody })]))).toEqual({
      code: 'ACCOUNT_NOT_FOUND',
      accountId: nobody,
    });
  });
});

describe('a Journal', () => {
  it('posts all or nothing, and names the Transfer that was refused', () => {
    const [state, [result]] = postAll([single(), single({ amount: 91n })]);
    expect(result).toMatchObject({ status: 'REJECTED', index: 1, rejection: { code: 'INSUFFICIENT_FUNDS' } });
    expect(state.newTransfers).toEqual([]);
    expect(state.accounts.get(ANN)?.debitsPosted).toBe(0n);
  });

  it('lets a Transfer spend what one before it brought', () => {
    expect(refusal(last([single(), single({ debitAccountId: BEN, creditAccountId: ANN })]))).toBe('POSTED');
    expect(refusal(last([single({ debitAccountId: BEN, creditAccountId: ANN }), single()]))).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
  });

  it('answers what is stored when it comes again', () => {
    const journal = journalOf(nextId(), single(), hold({ expiresAt: new Date(NOW.getTime() + 1) }));
    const state = stateFor([journal], accounts(100n));
    const first = applyJournal(state, journal);
    expect(applyJournal(state, journal)).toEqual({ ...first, status: 'EXISTED' });
    expect(state.newTransfers).toHaveLength(2);
  });

  it('is refused when an id was used for something else', () => {
    const transfer = single();
    const journal = journalOf(nextId(), transfer);
    const others: readonly Journal[] = [
      { ...journal, id: nextId() },
      { ...journal, transactionId: nextId() },
      { ...journal, transfers: [{ ...transfer, amount: 11n }] },
      { ...journal, transfers: [{ ...transfer, creditAccountId: FEES }] },
      { ...journal, transfers: [{ ...transfer, debitAccountId: FEES }] },
      { ...journal, transfers: [{ ...transfer, description: 'other' }] },
      { ...journal, transfers: [{ ...transfer, kind: 'PENDING' }] },
    ];
    for (const other of others) {
      const state = stateFor([journal, other], accounts(100n));
      applyJournal(state, journal);
      expect(refusal(applyJournal(state, other))).toEqual({
        code: 'TRANSFER_ID_REUSED',
        transferId: transfer.id,
      });
    }
  });

  it('is refused when only some of its ids were posted before, or one stands twice', () => {
    const transfer = single();
    const journal = journalOf(nextId(), transfer);
    const longer = { ...journal, transfers: [single(), transfer] };
    const state = stateFor([journal, longer], accounts(100n));
    applyJournal(state, journal);
    expect(applyJournal(state, longer)).toMatchObject({
      index: 1,
      rejection: { code: 'TRANSFER_ID_REUSED' },
    });
    expect(last([transfer, transfer])).toMatchObject({ index: 1, rejection: { code: 'TRANSFER_ID_REUSED' } });
  });

  it('without Transfers, or with accounts that were not locked, is our mistake', () => {
    const state = stateFor([], accounts(100n));
    expect(() => applyJournal(state, journalOf(nextId()))).toThrow('has 0 transfers');
    expect(() => applyJournal(state, journalOf(nextId(), single()))).toThrow('was not locked');
    expect(() =>
      applyJournal(state, journalOf(nextId(), { kind: 'VOID_PENDING', id: nextId(), pendingId: nextId() })),
    ).toThrow('was not asked for');
  });
});

describe('a Hold', () => {
  it('reserves without moving', () => {
    const [state] = postAll([hold()]);
    expect(state.accounts.get(ANN)).toMatchObject({ debitsPending: 10n, debitsPosted: 0n });
    expect(state.accounts.get(BEN)).toMatchObject({ creditsPending: 10n, creditsPosted: 0n });
    expect(refusal(last([hold()], [single({ amount: 91n })]))).toMatchObject({ available: 90n });
    expect(
      refusal(last([hold()], [single({ debitAccountId: BEN, creditAccountId: ANN, amount: 1n })])),
    ).toMatchObject({ code: 'INSUFFICIENT_FUNDS', accountId: BEN });
  });

  it('is captured in part and frees the rest', () => {
    const held = hold();
    const [state, results] = postAll(
      [held],
      [{ kind: 'POST_PENDING', id: nextId(), pendingId: held.id, amount: 4n }],
    );
    expect(results[1]).toMatchObject({ status: 'POSTED', transfers: [{ amount: 4n, pendingId: held.id }] });
    expect(state.accounts.get(ANN)).toMatchObject({ debitsPending: 0n, debitsPosted: 4n, version: 3n });
    expect(state.accounts.get(BEN)).toMatchObject({ creditsPending: 0n, creditsPosted: 4n, version: 2n });
  });

  it('is captured in full when no amount is given, and that is the same as naming it', () => {
    const held = hold();
    const capture = { kind: 'POST_PENDING', id: nextId(), pendingId: held.id } as const;
    const journal = journalOf(nextId(), capture);
    const named = { ...journal, transfers: [{ ...capture, amount: 10n }] };
    const lists = [journalOf(nextId(), held), journal, journal, named];
    const state = stateFor(lists, accounts(100n));
    expect(lists.map((list) => applyJournal(state, list).status)).toEqual([
      'POSTED',
      'POSTED',
      'EXISTED',
      'EXISTED',
    ]);
    expect(state.accounts.get(BEN)?.creditsPosted).toBe(10n);
  });

  it('is released whole', () => {
    const held = hold();
    const [state, results] = postAll([held], [{ kind: 'VOID_PENDING', id: nextId(), pendingId: held.id }]);
    expect(results[1]).toMatchObject({ status: 'POSTED', transfers: [{ amount: 10n }] });
    expect(state.accounts.get(ANN)).toMatchObject({ debitsPending: 0n, debitsPosted: 0n });
  });

  it.each([
    ['POST_PENDING', 'POST_PENDING'],
    ['POST_PENDING', 'VOID_PENDING'],
    ['VOID_PENDING', 'POST_PENDING'],
    ['VOID_PENDING', 'VOID_PENDING'],
  ] as const)('once resolved by %s cannot be resolved by %s', (first, second) => {
    const held = hold();
    const resolve = (kind: typeof first): readonly NewTransfer[] => [
      { kind, id: nextId(), pendingId: held.id },
    ];
    const refused = { code: 'HOLD_ALREADY_RESOLVED', pendingId: held.id };
    expect(refusal(last([held], resolve(first), resolve(second)))).toEqual(refused);
    expect(refusal(last([held, ...resolve(first), ...resolve(second)]))).toEqual(refused);
  });

  it('cannot be captured for more than it holds, nor for nothing', () => {
    const held = hold();
    const capture = (amount: bigint): readonly NewTransfer[] => [
      { kind: 'POST_PENDING', id: nextId(), pendingId: held.id, amount },
    ];
    expect(refusal(last([held], capture(11n)))).toEqual({
      code: 'EXCEEDS_HOLD',
      pendingId: held.id,
      held: 10n,
      required: 11n,
    });
    expect(refusal(last([held], capture(0n)))).toEqual({ code: 'INVALID_AMOUNT', amount: 0n });
  });

  it.each([
    [1, 'POSTED', 'POSTED'],
    [0, 'HOLD_EXPIRED', 'POSTED'],
    [-1, 'HOLD_EXPIRED', 'POSTED'],
  ])(
    'that expires in %s ms answers a capture with %s and a release with %s',
    (leftMs, captured, released) => {
      const expiresAt = new Date(NOW.getTime() + leftMs);
      const held = hold({ expiresAt });
      const opening = journalOf(nextId(), held);
      const earlier = stateFor([opening], accounts(100n), [], new Date(expiresAt.getTime() - 1));
      applyJournal(earlier, opening);
      for (const [kind, expected] of [
        ['POST_PENDING', captured],
        ['VOID_PENDING', released],
      ] as const) {
        const journal = journalOf(nextId(), { kind, id: nextId(), pendingId: held.id });
        const state = stateFor([journal], [...earlier.accounts.values()], earlier.newTransfers, NOW);
        const result = applyJournal(state, journal);
        expect(result.status === 'REJECTED' ? result.rejection.code : result.status).toBe(expected);
      }
    },
  );

  it('is refused when it has expired already', () => {
    const held = hold({ expiresAt: NOW });
    expect(refusal(last([held]))).toEqual({ code: 'HOLD_EXPIRED', pendingId: held.id, expiresAt: NOW });
  });

  it('is not found when it is a single Transfer, unknown, or of another organization', () => {
    const transfer = single();
    const held = hold();
    const release = (pendingId: NewTransfer['id']): NewTransfer => ({
      kind: 'VOID_PENDING',
      id: nextId(),
      pendingId,
    });
    const notFound = (pendingId: NewTransfer['id']): unknown => ({ code: 'HOLD_NOT_FOUND', pendingId });
    expect(refusal(last([transfer], [release(transfer.id)]))).toEqual(notFound(transfer.id));
    const unknown = nextId();
    expect(refusal(last([release(unknown)]))).toEqual(notFound(unknown));
    const opening = journalOf(nextId(), held);
    const foreign = { ...journalOf(nextId(), release(held.id)), organizationId: OTHER_ORGANIZATION };
    const state = stateFor([opening, foreign], accounts(100n));
    applyJournal(state, opening);
    expect(refusal(applyJournal(state, foreign))).toEqual(notFound(held.id));
  });
});

describe('balancing', () => {
  it('DEBIT moves what the debit account can spend, at most the amount', () => {
    const sweep = single({ amount: 1_000n, balancing: 'DEBIT' });
    expect(last([hold()], [sweep])).toMatchObject({ transfers: [{ amount: 90n }] });
    expect(last([single({ amount: 5n, balancing: 'DEBIT' })])).toMatchObject({ transfers: [{ amount: 5n }] });
    expect(last([single({ debitAccountId: FEES, balancing: 'DEBIT' })])).toMatchObject({
      rejection: { code: 'INSUFFICIENT_FUNDS', accountId: FEES, available: 0n, required: 10n },
    });
  });

  it('CREDIT moves what the credit account still owes, within what the debit account can spend', () => {
    const payOut = { creditAccountId: OMNIBUS, amount: 1_000n, balancing: 'CREDIT' } as const;
    expect(last([single(payOut)])).toMatchObject({ transfers: [{ amount: 100n }] });
    expect(last([single()], [single(payOut)])).toMatchObject({
      rejection: { code: 'INSUFFICIENT_FUNDS', accountId: ANN, available: 90n, required: 100n },
    });
    expect(last([single({ balancing: 'CREDIT' })])).toMatchObject({
      rejection: { code: 'INSUFFICIENT_FUNDS', accountId: BEN },
    });
    const toOmnibus = hold({ creditAccountId: OMNIBUS, amount: 30n });
    expect(last([toOmnibus], [single({ ...payOut, debitAccountId: FEES })])).toMatchObject({
      transfers: [{ amount: 70n }],
    });
  });

  it('knows itself again although it moved less than was asked for', () => {
    const journal = journalOf(nextId(), single({ amount: 1_000n, balancing: 'DEBIT' }));
    const state = stateFor([journal], accounts(100n));
    expect(applyJournal(state, journal).status).toBe('POSTED');
    expect(applyJournal(state, journal).status).toBe('EXISTED');
  });
});

describe('closing', () => {
  it('closes an account that is empty afterwards, which then takes nothing more', () => {
    const closing = single({ amount: 1_000n, balancing: 'DEBIT', closes: 'DEBIT' });
    const [state, results] = postAll([closing], [single({ debitAccountId: BEN, creditAccountId: ANN })]);
    expect(state.accounts.get(ANN)?.closedAt).toEqual(NOW);
    expect(refusal(results[1])).toEqual({ code: 'ACCOUNT_CLOSED', accountId: ANN });
  });

  it('can close the credit side', () => {
    const [state] = postAll([single({ amount: 100n, creditAccountId: OMNIBUS, closes: 'CREDIT' })]);
    expect(state.accounts.get(OMNIBUS)?.closedAt).toEqual(NOW);
    expect(state.accounts.get(ANN)?.closedAt).toBeNull();
  });

  it('is refused while anything is left or held', () => {
    expect(refusal(last([single({ closes: 'DEBIT' })]))).toEqual({
      code: 'ACCOUNT_NOT_EMPTY',
      accountId: ANN,
    });
    expect(refusal(last([hold()], [single({ amount: 90n, closes: 'DEBIT' })]))).toEqual({
      code: 'ACCOUNT_NOT_EMPTY',
      accountId: ANN,
    });
  });
});
