import { minorOf } from './decimal.ts';
import type { MessageFaults } from './message.ts';
import { find, textAt, type XmlElement } from './xml/element.ts';

/** What the parts of one statement need to be read. */
export interface StatementReading {
  readonly currency: string;
  readonly scale: number;
  readonly path: string;
  readonly faults: MessageFaults;
}

/** The amount of a balance or an entry, negative for a debit; it has to be in the currency of the account. */
export function signedMinorOf(of: XmlElement, path: string, reading: StatementReading): bigint {
  const amount = find(of, 'Amt');
  const { currency, scale, faults } = reading;
  if (amount?.attributes.Ccy !== currency)
    faults.add('STRUCTURE', path, amount?.attributes.Ccy ?? null, `the currency of the account, ${currency}`);
  const amountMinor = minorOf(amount?.text ?? '', scale);
  if (amountMinor === null) faults.add('STRUCTURE', path, amount?.text ?? null, `${scale} decimals at most`);
  return textAt(of, 'CdtDbtInd') === 'DBIT' ? -(amountMinor ?? 0n) : (amountMinor ?? 0n);
}

/** Whether an indicator of the message says yes. */
export function isTrue(text: string): boolean {
  return text.trim() === 'true' || text.trim() === '1';
}
