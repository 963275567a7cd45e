import type { SystemAccount } from '../../../../ledger/open.ts';
import { bookingKey, type OurBooking } from '../../../../rails/bank/reconcile/sides.ts';
import type { LineRow, LineState } from '../../../../rails/bank/statements/lines.ts';
import type { BankFacts } from '../../domain/bank.ts';
import type { PaymentsCommand, ResolveItemCommand } from '../../domain/command.ts';
import { stateAfter } from '../../domain/decideResolveItem.ts';
import { namedBookings } from '../../domain/namedMovement.ts';
import { accountsOfLine } from '../../domain/reconciliation.ts';
import { bookingOfItem, bookingOfLine, missingItemOf, writeOffAccounts } from '../../domain/writeOff.ts';

type Rows = Pick<BankFacts, 'receipts' | 'lines' | 'items' | 'bookings'>;

/** Accounts that commands about lines and items may post to. */
export function lineAccounts(commands: readonly PaymentsCommand[], rows: Rows): readonly SystemAccount[] {
  return commands.flatMap((command) => {
    switch (command.operation) {
      case 'settleLine': {
        const line = rows.lines?.get(command.lineId);
        return line ? accountsWithWriteOff(rows, line, line.state, bookingOfLine(line)) : [];
      }
      case 'assignBankBooking':
      case 'takeBankBookingAsFee': {
        const line = rows.lines?.get(command.lineId);
        return line ? [...accountsOfLine(line, 'SUSPENSE'), ...accountsOfLine(line, 'FEE')] : [];
      }
      case 'resolveReconciliationItem':
        return accountsOfItem(rows, command);
      default:
        return [];
    }
  });
}

function accountsOfItem(rows: Rows, command: ResolveItemCommand): readonly SystemAccount[] {
  const item = rows.items?.get(command.itemId);
  if (!item) return [];
  const own = rows.bookings?.get(bookingOfItem(item) ?? '');
  const state = stateAfter(command);
  if (state === null) return own ? writeOffAccounts(own) : [];
  const line = item.lineId === null ? undefined : rows.lines?.get(item.lineId);
  if (!line) return [];
  const named = command.movement ? namedBookings(rows, command.organizationId, command.movement) : [];
  return [own, ...named].flatMap((booking: OurBooking | undefined) => {
    const key = booking ? bookingKey(booking) : null;
    return accountsWithWriteOff(rows, { ...line, rail: booking?.rail ?? null }, state, key);
  });
}

/** With FEES at the bank where a write-off would be taken back. */
function accountsWithWriteOff(
  { items }: Rows,
  line: LineRow,
  state: LineState,
  booking: string | null,
): readonly SystemAccount[] {
  const isWrittenOff = missingItemOf(items, booking)?.isWriteOff ?? false;
  return [...accountsOfLine(line, state), ...(isWrittenOff ? accountsOfLine(line, 'FEE') : [])];
}
