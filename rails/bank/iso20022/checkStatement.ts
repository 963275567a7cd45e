import { minorOf, SUM_SCALE, sumUnitsOf } from './decimal.ts';
import { type StatementReading, signedMinorOf } from './signedAmount.ts';
import { BOOKED, CLOSING_CODE, OPENING_CODES, type Statement } from './statement.ts';
import { all, find, textAt, textOf, type XmlElement } from './xml/element.ts';

/** That the account has at the end what it had at the beginning and what was booked between. */
export function checkBalances(statement: Statement, { path, faults }: StatementReading): void {
  const { balances, lines } = statement;
  const opening = balances.find(({ code }) => OPENING_CODES.includes(code));
  const closing = balances.find(({ code }) => code === CLOSING_CODE);
  if (opening === undefined || closing === undefined) return;
  const booked = lines
    .filter(({ status }) => status === BOOKED)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const expected = opening.amountMinor + booked;
  if (expected !== closing.amountMinor) {
    const value = `${closing.amountMinor} instead of ${expected} minor units`;
    faults.add('TOTALS', `${path}/Bal (${CLOSING_CODE})`, value, 'the opening balance and what was booked');
  }
}

/** That the bank's own counts and sums are those of its entries, where it gives them. */
export function checkSummary(of: XmlElement, reading: StatementReading): void {
  const summary = find(of, 'TxsSummry');
  if (summary === null) return;
  const entries = all(of, 'Ntry').map((entry, at) => ({
    isCredit: textOf(entry, 'CdtDbtInd') === 'CRDT',
    amountMinor: signedMinorOf(entry, `${reading.path}/Ntry[${at + 1}]/Amt`, reading),
  }));
  const amountsOf = (wanted: readonly boolean[]): readonly bigint[] =>
    entries.filter(({ isCredit }) => wanted.includes(isCredit)).map(({ amountMinor }) => amountMinor);
  const path = `${reading.path}/TxsSummry`;
  check(find(summary, 'TtlNtries'), amountsOf([true, false]), `${path}/TtlNtries`, reading);
  check(find(summary, 'TtlCdtNtries'), amountsOf([true]), `${path}/TtlCdtNtries`, reading);
  check(find(summary, 'TtlDbtNtries'), amountsOf([false]), `${path}/TtlDbtNtries`, reading);
}

function check(
  of: XmlElement | null,
  amounts: readonly bigint[],
  path: string,
  reading: StatementReading,
): void {
  const { faults, scale } = reading;
  const count = textAt(of, 'NbOfNtries');
  if (count !== null && BigInt(count) !== BigInt(amounts.length))
    faults.add('TOTALS', `${path}/NbOfNtries`, count, `${amounts.length}, as there are entries`);
  const total = amounts.reduce((sum, amount) => sum + (amount < 0n ? -amount : amount), 0n);
  const sum = textAt(of, 'Sum');
  if (sum !== null && minorOf(sum, SUM_SCALE) !== sumUnitsOf(total, scale))
    faults.add('TOTALS', `${path}/Sum`, sum, 'the sum of its entries');
  const net = find(of, 'TtlNetNtry');
  if (net === null) return;
  const signed = amounts.reduce((sum, amount) => sum + amount, 0n);
  const said = minorOf(textOf(net, 'Amt'), SUM_SCALE) ?? 0n;
  if ((textOf(net, 'CdtDbtInd') === 'DBIT' ? -said : said) !== sumUnitsOf(signed, scale))
    faults.add('TOTALS', `${path}/TtlNetNtry`, textOf(net, 'Amt'), 'credits less debits of its entries');
}
