import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { ItemDecision, ItemRow } from '../../../rails/bank/reconcile/items.ts';
import { bookingKey, type OurBooking } from '../../../rails/bank/reconcile/sides.ts';
import type { LineRow, LineState } from '../../../rails/bank/statements/lines.ts';
import { putSettledLine } from './bank.ts';
import type { Batch } from './batch.ts';
import type { ResolveItemCommand } from './command.ts';
import { chooseBooking } from './namedMovement.ts';
import { postLine } from './reconciliation.ts';
import { invalid, missing } from './results.ts';
import { bookingOfItem, missingItemOf, postWriteOff } from './writeOff.ts';

const RESOLUTIONS = {
  ACCEPT_AS_FEE: 'FEE',
  BOOK_TO_SUSPENSE: 'SUSPENSE',
  IGNORE: 'IGNORED',
  MATCH: 'MATCHED',
  WRITE_OFF: 'WRITTEN_OFF',
} as const;

/** What a line becomes by a decision about its item; null for one that is not about a line. */
export function stateAfter({ action, movement }: ResolveItemCommand): LineState | null {
  const resolution = RESOLUTIONS[action];
  if (resolution === 'WRITTEN_OFF') return null;
  return resolution === 'MATCHED' ? (movement?.differenceAs ?? resolution) : resolution;
}

/** Decides what becomes of an open item, with its Journal; once. */
export function decideResolveItem(batch: Batch, command: ResolveItemCommand): StoredResult {
  const { organizationId, itemId, action, decidedBy, reason } = command;
  const id = formatId('rit', itemId);
  const item = batch.bank.items.get(itemId);
  if (!item || item.organizationId !== organizationId) return missing(id);
  if (!item.isOpen) return invalid('id', id, 'an item that is open');
  const line = item.lineId === null ? null : (batch.bank.lines.get(item.lineId) ?? null);
  if (line !== null && line.state !== 'OPEN') return invalid('id', id, 'an item that is open');
  const failure = decideMoney(batch, command, item, line);
  if (failure) return failure;
  close(batch, item, { resolution: RESOLUTIONS[action], decidedBy, reason });
  return { type: 'ReconciliationItem', itemId };
}

/** Posts what was decided, or says why it cannot be. */
function decideMoney(
  batch: Batch,
  command: ResolveItemCommand,
  item: ItemRow,
  line: LineRow | null,
): StoredResult | null {
  const { action } = command;
  if (action === 'WRITE_OFF') return writeOff(batch, item);
  if (line === null) {
    return action === 'IGNORE'
      ? null
      : invalid(
          'action',
          action,
          'IGNORE or WRITE_OFF, as the item has no line of a bank that could be booked',
        );
  }
  if (action === 'MATCH') return matchLine(batch, command, item, line);
  bookLine(batch, line, stateAfter(command) ?? 'OPEN', action === 'IGNORE' ? null : ownBooking(batch, item));
  return null;
}

/** Of another amount than ours the Booking is what it is of ours, unless a better line has it by now. */
function ownBooking({ bank }: Batch, item: ItemRow): OurBooking | null {
  if (item.kind !== 'AMOUNT_DIFFERS') return null;
  const booking = bank.bookings.get(bookingOfItem(item) ?? '');
  return booking?.lineId === null ? booking : null;
}

function matchLine(
  batch: Batch,
  command: ResolveItemCommand,
  item: ItemRow,
  line: LineRow,
): StoredResult | null {
  const { action, movement, organizationId } = command;
  if ((item.kind !== 'AMBIGUOUS' && item.kind !== 'MISSING_OURS') || !movement) {
    return invalid('action', action, 'another, as it is known of the line what it is about');
  }
  const chosen = chooseBooking(batch, organizationId, line, movement);
  if ('type' in chosen) return chosen;
  bookLine(batch, line, stateAfter(command) ?? 'OPEN', chosen);
  return null;
}

function bookLine(batch: Batch, line: LineRow, state: LineState, booking: OurBooking | null): void {
  const { orderId = null, receiptId = null, rail = null, amountMinor: bookedMinor = null } = booking ?? {};
  const decided = { ...line, orderId, receiptId, rail, bookedMinor, state, version: line.version + 1 };
  if (booking !== null) {
    const isReturn = booking.kind === 'RETURNED';
    batch.bank.links.push({ orderId, receiptId, lineId: line.id, isReturn });
    batch.bank.bookings.set(bookingKey(booking), { ...booking, lineId: line.id });
    const explained = missingItemOf(batch.bank.items, bookingKey(booking));
    if (explained?.isOpen) close(batch, explained, { resolution: 'MATCHED', decidedBy: null, reason: null });
  }
  postLine(batch, decided);
  putSettledLine(batch, decided);
}

function writeOff(batch: Batch, item: ItemRow): StoredResult | null {
  const booking = batch.bank.bookings.get(bookingOfItem(item) ?? '');
  if (item.kind !== 'MISSING_THEIRS' || !booking)
    return invalid('action', 'WRITE_OFF', 'another, as only what is missing at a bank is written off');
  invariant(booking.lineId === null, `item ${item.id} is open, and a line has its Booking`);
  postWriteOff(batch, item, booking);
  return null;
}

function close(batch: Batch, item: ItemRow, how: Omit<ItemDecision, 'item'>): void {
  const { id, organizationId } = item;
  // What nobody has told of yet is told first.
  if (item.version === 0) batch.bank.itemSteps.push({ id, organizationId, version: 1, isClosed: false });
  const isWriteOff = how.resolution === 'WRITTEN_OFF';
  const closed = { ...item, isOpen: false, isWriteOff, version: Math.max(item.version, 1) + 1 };
  batch.bank.items.set(id, closed);
  batch.bank.itemDecisions.push({ ...how, item: closed });
  batch.bank.itemSteps.push({ id, organizationId, version: closed.version, isClosed: true });
}
