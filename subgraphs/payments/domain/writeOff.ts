import { applyJournal } from '../../../ledger/apply.ts';
import type { SystemAccount } from '../../../ledger/open.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { type ItemRow, kindOfBooking } from '../../../rails/bank/reconcile/items.ts';
import { bookingKey, type OurBooking } from '../../../rails/bank/reconcile/sides.ts';
import type { LineRow } from '../../../rails/bank/statements/lines.ts';
import { bankAccount } from './bank.ts';
import type { Batch } from './batch.ts';
import { numberedId } from './holds.ts';

/** The Booking that an item is about, as `bookingKey` names it; null where it is about none. */
export function bookingOfItem(item: Pick<ItemRow, 'orderId' | 'receiptId' | 'isReturn'>): string | null {
  const { orderId, receiptId } = item;
  return orderId === null && receiptId === null
    ? null
    : bookingKey({ orderId, receiptId, kind: kindOfBooking(item) });
}

/** The same of a line that is a movement of ours. */
export function bookingOfLine({ orderId, receiptId, bookedMinor }: LineRow): string | null {
  return bookingOfItem({ orderId, receiptId, isReturn: bookedMinor !== null && bookedMinor > 0n });
}

/** The item that says that a Booking is missing at the bank, open or written off; at most one is. */
export function missingItemOf(
  items: ReadonlyMap<Uuid, ItemRow> | undefined,
  booking: string | null,
): ItemRow | null {
  for (const item of booking === null ? [] : (items?.values() ?? [])) {
    const isStanding = item.isOpen || item.isWriteOff;
    if (item.kind === 'MISSING_THEIRS' && isStanding && bookingOfItem(item) === booking) return item;
  }
  return null;
}

/** Ids of every Transfer that an item may post: its own, so that posted twice it moves nothing twice. */
export function itemTransferIds(itemId: Uuid): readonly Uuid[] {
  return [itemId, numberedId(itemId, 1)];
}

/** Accounts between which a Booking at a bank is written off. */
export function writeOffAccounts({
  organizationId,
  asset,
  rail,
  adapter,
}: Pick<OurBooking, 'organizationId' | 'asset' | 'rail' | 'adapter'>): readonly [
  SystemAccount,
  SystemAccount,
] {
  const base = { organizationId, asset };
  return [
    { ...base, kind: 'CLEARING', place: rail },
    { ...base, kind: 'FEES', place: adapter },
  ];
}

/** Posts that a bank will never book what our books have: out of CLEARING, to the debit or the credit of FEES at the bank. */
export function postWriteOff(batch: Batch, item: ItemRow, booking: OurBooking): void {
  move(batch, booking, item.id, -booking.amountMinor, 'Written off');
}

/** The line of a Booking that was written off has come: the same back, once. */
export function reverseWriteOff(batch: Batch, line: LineRow): void {
  const item = missingItemOf(batch.bank.items, bookingOfLine(line));
  if (item === null || !item.isWriteOff) return;
  const { id } = item;
  const { rail, adapter, asset } = line;
  const organizationId = present(line.organizationId, 'the organization of a line that is ours');
  const amountMinor = -present(item.differenceMinor, 'the amount of what is missing');
  const of = { organizationId, asset, adapter, rail: present(rail, 'the rail of a line that is ours') };
  move(batch, of, numberedId(id, 1), amountMinor, 'Reversal of a write-off');
  const reversed = { ...item, isWriteOff: false, version: item.version + 1 };
  batch.bank.items.set(id, reversed);
  batch.bank.reversals.push(reversed);
  batch.bank.itemSteps.push({
    id,
    organizationId,
    version: reversed.version,
    isClosed: true,
    isReversed: true,
  });
}

/** @param signedMinor positive when CLEARING is debited and FEES credited, the sign of what the bank gets */
function move(
  batch: Batch,
  of: Parameters<typeof writeOffAccounts>[0],
  id: Uuid,
  signedMinor: bigint,
  description: string,
): void {
  const [clearingId, feesId] = writeOffAccounts(of).map((account) => bankAccount(batch, account)) as [
    Uuid,
    Uuid,
  ];
  const isDebit = signedMinor > 0n;
  const posted = applyJournal(batch.ledger, {
    ...{ id, organizationId: of.organizationId, transactionId: null },
    transfers: [
      {
        ...{ id, kind: 'SINGLE', description },
        debitAccountId: isDebit ? clearingId : feesId,
        creditAccountId: isDebit ? feesId : clearingId,
        amount: isDebit ? signedMinor : -signedMinor,
      },
    ],
  });
  invariant(posted.status === 'POSTED', `the write-off ${id} was ${posted.status}`);
}
