import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { bookingKey, type OurBooking } from '../../../rails/bank/reconcile/sides.ts';
import type { LineRow } from '../../../rails/bank/statements/lines.ts';
import type { BankFacts } from './bank.ts';
import type { Batch } from './batch.ts';
import type { NamedMovement } from './command.ts';
import { invalid, mismatched, missing } from './results.ts';

type Known = Pick<BankFacts, 'bookings' | 'receipts'>;

/** What our books have of a movement that somebody names: of a payout that came back both ways. */
export function namedBookings(
  { bookings, receipts }: Known,
  organizationId: Uuid,
  { transactionId, receiptId }: NamedMovement,
): readonly OurBooking[] {
  const credited = [...receipts.values()].filter(
    (one) => transactionId !== null && one.transactionId === transactionId,
  );
  const arrived = receiptId === null ? credited.map(({ id }) => id) : [receiptId];
  const keys = [
    ...arrived.map((id) => bookingKey({ kind: 'ARRIVED', orderId: null, receiptId: id })),
    ...(['PAID', 'RETURNED'] as const).map((kind) =>
      bookingKey({ kind, orderId: transactionId, receiptId: null }),
    ),
  ];
  const found = keys.flatMap((key) => bookings?.get(key) ?? []);
  return found.filter((booking) => booking.organizationId === organizationId);
}

/** The movement that a line may be, as somebody says, or why it cannot be. @param organizationId who says so */
export function chooseBooking(
  batch: Batch,
  organizationId: Uuid,
  line: LineRow,
  movement: NamedMovement,
): OurBooking | StoredResult {
  const { transactionId, receiptId } = movement;
  const [field, id] =
    transactionId === null
      ? ['receiptId', formatId('rcp', receiptId ?? line.id)]
      : ['transactionId', formatId('txn', transactionId)];
  const found = namedBookings(batch.bank, organizationId, movement);
  if (found.length === 0) {
    return isKnown(batch, organizationId, movement)
      ? invalid(field, id, 'a movement that is in the books and that a bank books')
      : missing(id);
  }
  const isOut = line.amountMinor < 0n;
  const booking = found.find(({ amountMinor }) => amountMinor < 0n === isOut);
  if (!booking) return invalid(field, id, `money that ${isOut ? 'left' : 'arrived'}, as the line says`);
  if (booking.asset !== line.asset) return mismatched(booking.asset, line.asset);
  if (booking.adapter !== line.adapter) return invalid(field, id, `a movement at the bank ${line.adapter}`);
  if (booking.lineId !== null) return invalid(field, id, 'a movement that no line has yet');
  return differenceFault(booking, line, movement) ?? booking;
}

/** Ours, but not yet, or not any more, something that a statement could have. */
function isKnown(
  { bank }: Batch,
  organizationId: Uuid,
  { transactionId, receiptId }: NamedMovement,
): boolean {
  const rows = [
    transactionId === null ? undefined : bank.orders.get(transactionId),
    receiptId === null ? undefined : bank.receipts.get(receiptId),
    ...[...bank.receipts.values()].filter(
      (one) => transactionId !== null && one.transactionId === transactionId,
    ),
  ];
  return rows.some((row) => row?.organizationId === organizationId);
}

/** Of another amount than ours somebody has to say what the rest is; of the same there is no rest. */
function differenceFault(
  booking: OurBooking,
  line: LineRow,
  { differenceAs }: NamedMovement,
): StoredResult | null {
  const isEqual = booking.amountMinor === line.amountMinor;
  if (isEqual === (differenceAs === null)) return null;
  return isEqual
    ? invalid('difference', differenceAs, 'nothing, as the amounts are equal')
    : invalid('difference', null, 'what becomes of the difference, as the amounts are not equal');
}
