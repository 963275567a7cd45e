import type { Uuid } from '../../../platform/id.ts';
import { Books } from './books.fixture.ts';

let books: Books;
let source: Uuid;
let destination: Uuid;

beforeEach(() => {
  books = new Books([100n, 0n]);
  [source, destination] = [...books.accounts.keys()] as [Uuid, Uuid];
});

const balances = (): readonly bigint[] =>
  [source, destination].map((id) => {
    const account = books.batch.ledger.accounts.get(id);
    return account ? account.creditsPosted - account.debitsPosted : -1n;
  });

test('a later command of a batch sees what earlier ones did', () => {
  expect(books.decide(books.create(source, destination, 60n)).type).toBe('Transaction');
  expect(books.decide(books.create(source, destination, 60n))).toEqual({
    type: 'InsufficientFunds',
    accountId: source,
    availableMinor: '40',
    requiredMinor: '60',
    asset: 'USD',
  });
  expect(books.decide(books.create(destination, source, 60n)).type).toBe('Transaction');
  expect(balances()).toEqual([100n, 0n]);
});

test('an externalId is taken within a batch, and a refused command does not take it', () => {
  const poor = books.create(destination, source, 1n, { externalId: 'x' });
  expect(books.decide(poor).type).toBe('InsufficientFunds');
  const first = books.create(source, destination, 1n, { externalId: 'x' });
  expect(books.decide(first).type).toBe('Transaction');
  const taken = { type: 'ExternalIdTaken', externalId: 'x', existingId: first.transactionId };
  expect(books.decide(books.create(source, destination, 1n, { externalId: 'x' }))).toEqual(taken);
  expect(books.decide(books.refund(first.transactionId, null, 'x'))).toEqual(taken);
});

test('a hold can be captured up to the last millisecond before its instant, and not at it', () => {
  const commands = [1, 2].map(() => books.create(source, destination, 10n, { holdSeconds: 60 }));
  const [early, late] = commands.map((command) => books.decide(command) && command.transactionId) as [
    Uuid,
    Uuid,
  ];
  const startMs = books.now.getTime();
  books.now = new Date(startMs + 59_999);
  books.commit();
  expect(books.decide(books.expire(late))).toMatchObject({
    type: 'InvalidState',
    why: 'the hold has not run out',
  });
  expect(books.decide(books.capture(early)).type).toBe('Transaction');
  books.now = new Date(startMs + 60_000);
  books.commit();
  expect(books.decide(books.capture(late))).toMatchObject({
    type: 'InvalidState',
    status: 'AWAITING_ACTION',
    why: 'the hold ran out at 2026-01-01T00:01:00.000Z',
  });
  expect(books.decide(books.expire(late)).type).toBe('Transaction');
  expect(books.decide(books.expire(late))).toMatchObject({ type: 'InvalidState', status: 'CANCELED' });
});

test('a transaction that is made and captured in one batch is written once, as it ended', () => {
  const command = books.create(source, destination, 10n, { holdSeconds: 60 });
  books.decide(command);
  books.decide(books.capture(command.transactionId, '0.04'));
  expect([...books.batch.created]).toEqual([command.transactionId]);
  expect([...books.batch.changed]).toEqual([]);
  expect(books.batch.transactions.get(command.transactionId)).toMatchObject({
    status: 'COMPLETED',
    version: 4,
    capturedAmountMinor: 4n,
    holdId: null,
  });
});

test('another organization cannot be told from nothing, on either side and for each command', () => {
  const foreign = books.open(5n, { organizationId: destination, holderId: destination });
  books.commit();
  expect(books.decide(books.create(foreign, source, 1n))).toEqual({ type: 'NotFound', id: 'source' });
  expect(books.decide(books.create(source, foreign, 1n))).toEqual({ type: 'NotFound', id: 'destination' });
  const own = books.create(source, destination, 1n, { holdSeconds: 5 });
  books.decide(own);
  for (const command of [
    books.capture(own.transactionId),
    books.cancel(own.transactionId),
    books.expire(own.transactionId),
    books.refund(own.transactionId),
  ]) {
    expect(books.decide({ ...command, organizationId: foreign }).type).toBe('NotFound');
  }
});

test('system accounts are not found, and customers are known by who holds the account', () => {
  const omnibus = books.open(0n, { kind: 'OMNIBUS' });
  const customerId = destination;
  const held = books.open(9n, { kind: 'CUSTOMER', holderId: customerId });
  books.commit();
  expect(books.decide(books.create(omnibus, source, 1n)).type).toBe('NotFound');
  const command = books.create(held, source, 1n);
  books.decide(command);
  expect(books.batch.transactions.get(command.transactionId)).toMatchObject({
    sourceCustomerId: customerId,
    destinationCustomerId: null,
  });
});
