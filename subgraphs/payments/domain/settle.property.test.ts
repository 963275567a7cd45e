import fc from 'fast-check';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { DepositRow, SendRow } from '../../../rails/onchain/settlements.ts';
import { createBatch } from './batch.ts';
import { Books } from './books.fixture.ts';
import { type ChainBatch, type ChainFacts, systemKey } from './chain.ts';
import type { PaymentsCommand } from './command.ts';
import type { TransactionEventKind } from './transitions.ts';

/**
 * Random lives of one deposit and one send, looked at at random moments, against what the rows alone say: however often
 * and however late they are settled, an account holds what is final and reserves what is open.
 */
const AMOUNT = 10n;
const START = 100n;
const NETWORK = 'POLYGON';

type DepositState = DepositRow['state'];
/** What the follower may make of a deposit next. */
const NEXT_DEPOSIT: Readonly<Record<DepositState, readonly DepositState[]>> = {
  SEEN: ['FINAL', 'ORPHANED'],
  ORPHANED: ['SEEN', 'DROPPED', 'FINAL'],
  DROPPED: ['SEEN', 'FINAL'],
  FINAL: [],
};
type SendLife = Pick<SendRow, 'state' | 'carrierState' | 'outcome' | 'includedHash' | 'failureCode'>;
const life = (
  state: SendRow['state'],
  carrierState: SendRow['carrierState'],
  outcome: SendRow['outcome'] = null,
  includedHash: string | null = null,
): SendLife => ({
  state,
  carrierState,
  outcome,
  includedHash,
  failureCode: state === 'FAILED' ? 'REVERTED' : null,
});
const NEXT_SEND: Readonly<Record<SendRow['state'], readonly SendLife[]>> = {
  QUEUED: [life('PLANNED', 'PLANNED'), life('FAILED', null), life('CANCELED', null)],
  PLANNED: [life('BROADCAST', 'BROADCAST'), life('FAILED', 'REFUSED')],
  BROADCAST: [
    life('INCLUDED', 'INCLUDED', 'SUCCEEDED', 'first'),
    life('INCLUDED', 'INCLUDED', 'SUCCEEDED', 'second'),
    life('FINAL', 'FINAL', 'SUCCEEDED', 'second'),
  ],
  INCLUDED: [
    life('BROADCAST', 'BROADCAST'),
    life('FINAL', 'FINAL', 'SUCCEEDED', 'first'),
    life('FAILED', 'FINAL', 'REVERTED', 'first'),
    life('CANCELED', 'FINAL', 'CANCELED', 'third'),
  ],
  FINAL: [],
  FAILED: [],
  CANCELED: [],
};

const act = fc.oneof(
  fc.record({ do: fc.constant('deposit' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('send' as const), pick: fc.nat() }),
  fc.record({ do: fc.constantFrom('settleDeposit' as const, 'settleSend' as const, 'commit' as const) }),
);

/** Books with one organization on a Network, whose rows of the chain a test changes between batches. */
class ChainBooks {
  readonly books = new Books([]);
  readonly wallet: Uuid;
  readonly omnibus: Uuid;
  readonly told = new Map<Uuid, { readonly version: number; readonly kind: TransactionEventKind }[]>();
  deposit: DepositRow;
  send: SendRow;
  batch;
  #chain: ChainBatch | undefined;

  constructor() {
    const { books } = this;
    const holderId = books.organizationId;
    this.wallet = books.open(START, { kind: 'CUSTOMER', holderId: newUuid(), backsWallet: true });
    this.omnibus = books.open(0n, { ...UNBOUND, kind: 'OMNIBUS', place: NETWORK, holderId });
    this.deposit = { ...DEPOSIT, id: newUuid(), organizationId: holderId, accountId: this.wallet };
    this.send = { ...SEND, id: newUuid(), organizationId: holderId };
    books.commit();
    this.batch = this.#begin();
    this.run({
      ...this.#base(),
      operation: 'createTransaction',
      transactionId: this.send.id,
      source: { id: 'source', accountId: this.wallet, isWallet: true },
      destinationAddress: '0x',
      toAddress: '0x',
      amountMinor: AMOUNT,
      asset: 'USD',
      description: null,
      externalId: null,
      metadata: {},
    });
    this.commit();
  }

  run(command: PaymentsCommand): string {
    return this.books.decide(command).type;
  }

  settle(what: 'settleDeposit' | 'settleSend'): string {
    return what === 'settleSend'
      ? this.run({ ...this.#base(), operation: what, transactionId: this.send.id })
      : this.run({
          ...this.#base(),
          operation: what,
          depositId: this.deposit.id,
          transactionId: newUuid(),
          moreJournalIds: [newUuid(), newUuid()],
        });
  }

  commit(): void {
    const { batch } = this.books;
    for (const { event } of batch.steps) {
      const { version, kind } = event;
      this.told.set(event.transactionId, [...(this.told.get(event.transactionId) ?? []), { version, kind }]);
    }
    this.deposit = batch.chain.deposits.get(this.deposit.id) ?? this.deposit;
    this.send = batch.chain.sends.get(this.send.id) ?? this.send;
    this.#chain = batch.chain;
    this.books.commit();
    this.batch = this.#begin();
  }

  /** What can be spent, what is reserved, what is on its way, and what the chain holds more than at the start. */
  sums(): readonly bigint[] {
    const account = (id: Uuid) =>
      this.books.accounts.get(id) as NonNullable<ReturnType<Books['accounts']['get']>>;
    const [wallet, omnibus] = [account(this.wallet), account(this.omnibus)];
    const posted = wallet.creditsPosted - wallet.debitsPosted;
    return [
      posted,
      wallet.debitsPending,
      wallet.creditsPending,
      omnibus.debitsPosted - omnibus.creditsPosted,
    ];
  }

  #begin() {
    const { organizationId } = this.books;
    const asset = { organizationId, asset: 'USD' };
    const facts: ChainFacts = {
      wallets: new Map([
        [this.wallet, { ...asset, walletId: this.wallet, network: NETWORK, custodyAddress: '0xc' }],
      ]),
      inside: [],
      systemAccounts: new Map([[systemKey({ ...asset, kind: 'OMNIBUS', place: NETWORK }), this.omnibus]]),
      legs: this.#chain?.legs ?? new Map(),
      fees: new Map(),
      sends: new Map([[this.send.id, this.send]]),
      deposits: new Map([[this.deposit.id, this.deposit]]),
    };
    this.books.batch = createBatch({ ...this.books.batch, chain: facts });
    return this.books.batch;
  }

  #base() {
    const { organizationId } = this.books;
    return { organizationId, idempotencyKey: null, fingerprint: '', journalId: newUuid() };
  }
}

const UNBOUND = { normalSide: 'DEBIT', debitsMustNotExceedCredits: false } as const;
const VERSIONS = { version: 1, settledVersion: 0 };
const DEPOSIT = {
  ...VERSIONS,
  network: NETWORK,
  asset: 'USD',
  amountMinor: AMOUNT,
  transactionHash: 'deposit',
  fromAddress: '0xf',
  credits: 'WALLET',
  accountIsClosed: false,
  state: 'SEEN',
  transactionId: null,
} as const satisfies Partial<DepositRow>;
const SEND = {
  ...VERSIONS,
  settledVersion: 1,
  ...life('QUEUED', null),
  isCancelAsked: false,
  chainTransactionId: null,
  firstHash: 'first',
} satisfies Partial<SendRow>;

const HOLDING = { SEEN: AMOUNT, ORPHANED: 0n, DROPPED: 0n, FINAL: 0n };

test('however often and late it is settled, the books say of deposit and send what the chain says', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const world = new ChainBooks();
      for (const one of acts) {
        if (one.do === 'settleDeposit' || one.do === 'settleSend') {
          expect(world.settle(one.do)).toBe('Settled');
          continue;
        }
        world.commit();
        if (one.do === 'deposit') moveDeposit(world, one.pick);
        if (one.do === 'send') moveSend(world, one.pick);
        world.commit();
      }
      // Twice, as two processes would: the second finds nothing to do.
      for (let time = 0; time < 2; time++) {
        expect([world.settle('settleDeposit'), world.settle('settleSend')]).toEqual(['Settled', 'Settled']);
        world.commit();
        expectAgreement(world);
      }
    }),
    { numRuns: 300 },
  );
});

function moveDeposit(world: ChainBooks, pick: number): void {
  const next = NEXT_DEPOSIT[world.deposit.state];
  const state = next[pick % next.length];
  if (state) world.deposit = { ...world.deposit, state, version: world.deposit.version + 1 };
}

function moveSend(world: ChainBooks, pick: number): void {
  const next = NEXT_SEND[world.send.state];
  const after = next[pick % next.length];
  if (after) world.send = { ...world.send, ...after, version: world.send.version + 1 };
}

function expectAgreement(world: ChainBooks): void {
  const credited = world.deposit.state === 'FINAL' ? AMOUNT : 0n;
  const sent = world.send.state === 'FINAL' ? AMOUNT : 0n;
  const isOver = ['FINAL', 'FAILED', 'CANCELED'].includes(world.send.state);
  expect(world.sums()).toEqual([
    START + credited - sent,
    isOver ? 0n : AMOUNT,
    HOLDING[world.deposit.state],
    credited - sent,
  ]);
  for (const [id, timeline] of world.told) {
    expect(timeline.map(({ version }) => version)).toEqual(timeline.map((_, index) => index + 1));
    const kinds = timeline.map(({ kind }) => kind);
    const includes = kinds.filter((kind) => kind === 'INCLUDED').length;
    const reorgs = kinds.filter((kind) => kind === 'REORGED').length;
    expect(includes - reorgs).toBeGreaterThanOrEqual(0);
    expect(includes - reorgs).toBeLessThanOrEqual(1);
    if (kinds.includes('COMPLETED')) expect(kinds.at(-2)).toBe('INCLUDED');
    expect(world.books.batch.transactions.get(id)?.version).toBe(timeline.length);
  }
}
