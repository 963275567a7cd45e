import { newUuid, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { maskText } from '../details.ts';
import type { BankLine, BankLinePage } from '../provider.ts';
import { endToEndKey, lineText, type NewLine, type NewStatement } from './newStatement.ts';

/** Of whom a bank says that a line is, and what it counts. */
export type Account = Pick<BankLine, 'customer' | 'asset'>;

/** A page of lines of many accounts as a statement of each, in the page's order. Pure but for new ids. */
export function statementsOf(
  page: BankLinePage,
  ownerOf: (account: Account) => Uuid | null,
): readonly NewStatement[] {
  const accounts = new Map<string, BankLine[]>();
  for (const line of page.lines) {
    const name = `${line.customer ?? ''} ${line.asset}`;
    accounts.set(name, [...(accounts.get(name) ?? []), line]);
  }
  return [...accounts.values()].map((lines) => {
    const first = present(lines[0], 'the first line of an account');
    const last = present(lines.at(-1), 'the last line of an account');
    return {
      id: newUuid(),
      organizationId: ownerOf(first),
      asset: first.asset,
      // A bank that begins its list anew has other lines at the same place.
      key: `${page.next} ${first.id}`,
      sequence: /^\d{1,12}$/.test(page.next) ? BigInt(page.next) : null,
      openingMinor: first.balanceMinor === null ? null : first.balanceMinor - first.amountMinor,
      closingMinor: last.balanceMinor,
      closedOn: last.bookedOn,
      coversUntil: page.asOf,
      lines: lines.map(newLineOf),
    };
  });
}

function newLineOf(line: BankLine): NewLine {
  return {
    key: line.id,
    amountMinor: line.amountMinor,
    bookedOn: line.bookedOn,
    endToEndId: endToEndKey(line.endToEndId),
    counterpartyMask: line.counterparty === null ? null : maskText(line.counterparty),
    text: lineText(line.text),
  };
}
