import { newUuid } from '../../platform/id.ts';
import { holdIdOf, type Movement, type Resolution } from '../port.ts';
import { BOOK } from './book.ts';

const ids = { journalId: newUuid(), organizationId: newUuid(), transactionId: newUuid() };
const movement: Movement = {
  ...ids,
  sourceAccountId: newUuid(),
  destinationAccountId: newUuid(),
  amountMinor: 7n,
  description: 'rent',
};
const resolution: Resolution = { ...ids, holdId: newUuid() };

test('a transfer debits the source and credits the destination, and a refund of it the other way round', () => {
  const { sourceAccountId, destinationAccountId } = movement;
  expect(BOOK.transfer(movement).transfers).toEqual([
    {
      id: ids.journalId,
      kind: 'SINGLE',
      debitAccountId: sourceAccountId,
      creditAccountId: destinationAccountId,
      amount: 7n,
      description: 'rent',
    },
  ]);
  expect(BOOK.refund({ ...movement, description: null }).transfers).toEqual([
    {
      id: ids.journalId,
      kind: 'SINGLE',
      debitAccountId: destinationAccountId,
      creditAccountId: sourceAccountId,
      amount: 7n,
    },
  ]);
});

test('a hold is a pending transfer that others resolve by its id', () => {
  const expiresAt = new Date();
  const journal = BOOK.hold(movement, expiresAt);
  expect(journal.transfers).toMatchObject([{ kind: 'PENDING', amount: 7n, expiresAt }]);
  expect(holdIdOf(journal)).toBe(ids.journalId);
  expect(holdIdOf(BOOK.transfer(movement))).toBeNull();
  expect(BOOK.capture(resolution, 3n).transfers).toMatchObject([
    { kind: 'POST_PENDING', pendingId: resolution.holdId, amount: 3n },
  ]);
  expect(BOOK.release(resolution).transfers).toMatchObject([
    { kind: 'VOID_PENDING', pendingId: resolution.holdId },
  ]);
});
