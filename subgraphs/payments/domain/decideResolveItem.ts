import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId } from '../../../platform/id.ts';
import type { ItemRow } from '../../../rails/bank/reconcile/items.ts';
import type { LineRow } from '../../../rails/bank/statements/lines.ts';
import { putSettledLine } from './bank.ts';
import type { Batch } from './batch.ts';
import type { ItemAction, ResolveItemCommand } from './command.ts';
import { postLine } from './reconciliation.ts';
import { invalid, missing } from './results.ts';

const STATES = { ACCEPT_AS_FEE: 'FEE', BOOK_TO_SUSPENSE: 'SUSPENSE', IGNORE: 'IGNORED' } as const;

/** What a line becomes by a decision about its item. */
export function stateAfter(action: ItemAction): (typeof STATES)[ItemAction] {
  return STATES[action];
}

/** Decides what becomes of an open item, with its line's Journal; once. */
export function decideResolveItem(batch: Batch, command: ResolveItemCommand): StoredResult {
  const { organizationId, itemId, action } = command;
  const id = formatId('rit', itemId);
  const item = batch.bank.items.get(itemId);
  if (!item || item.organizationId !== organizationId) return missing(id);
  if (!item.isOpen) return invalid('id', id, 'an item that is open');
  const line = item.lineId === null ? null : (batch.bank.lines.get(item.lineId) ?? null);
  if (line !== null && line.state !== 'OPEN') return invalid('id', id, 'an item that is open');
  if (line === null && action !== 'IGNORE') {
    return invalid('action', action, 'IGNORE, as the item has no line of a bank that could be booked');
  }
  if (line !== null) decideLine(batch, item, line, action);
  close(batch, item, command);
  return { type: 'ReconciliationItem', itemId };
}

/** Of another amount than ours the Booking is what it is of ours, unless a better line has it by now. */
function decideLine(batch: Batch, item: ItemRow, line: LineRow, action: ItemAction): void {
  const { kind, orderId, receiptId, rail, bookedMinor, isReturn } = item;
  const isBooked = action !== 'IGNORE' && kind === 'AMOUNT_DIFFERS' && item.bookingLineId === null;
  const booking = isBooked ? { orderId, receiptId, rail, bookedMinor } : {};
  const decided = { ...line, ...booking, state: stateAfter(action), version: line.version + 1 };
  if (isBooked) batch.bank.links.push({ orderId, receiptId, lineId: line.id, isReturn });
  postLine(batch, decided);
  putSettledLine(batch, decided);
}

function close(batch: Batch, item: ItemRow, { action, decidedBy, reason }: ResolveItemCommand): void {
  const { id, organizationId } = item;
  // What nobody has told of yet is told first.
  if (item.version === 0) batch.bank.itemSteps.push({ id, organizationId, version: 1, isClosed: false });
  const closed = { ...item, isOpen: false, version: Math.max(item.version, 1) + 1 };
  batch.bank.items.set(id, closed);
  batch.bank.itemDecisions.push({ item: closed, resolution: stateAfter(action), decidedBy, reason });
  batch.bank.itemSteps.push({ id, organizationId, version: closed.version, isClosed: true });
}
