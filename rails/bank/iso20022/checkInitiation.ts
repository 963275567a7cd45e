import { isSepaText } from '../text/latin.ts';
import { SUM_SCALE, sumUnitsOf } from './decimal.ts';
import { type CreditTransfer, type Initiation, NOT_PROVIDED, TRANSFERS_MAX } from './initiation.ts';
import type { MessageFaults } from './message.ts';

const ROOT = 'Document/CstmrCdtTrfInitn';

/** What counts and control sums have to be. */
export interface ControlSum {
  readonly count: number;
  /** In units of a sum. */
  readonly units: bigint;
}

/** @param scales minor digits by currency, which all have to be known */
export function controlSumOf(
  transfers: readonly CreditTransfer[],
  scales: ReadonlyMap<string, number>,
): ControlSum {
  const units = transfers.reduce(
    (sum, { amountMinor, currency }) => sum + sumUnitsOf(amountMinor, scales.get(currency) ?? SUM_SCALE),
    0n,
  );
  return { count: transfers.length, units };
}

/** What the structure cannot say: ids of one payment alone, and how many there may be. */
export function checkIds(initiation: Initiation, faults: MessageFaults): void {
  const groups = new Set<string>();
  const payments = new Set<string>();
  const uetrs = new Set<string>();
  const count = initiation.groups.reduce((sum, { transfers }) => sum + transfers.length, 0);
  if (count > TRANSFERS_MAX)
    faults.add('TOO_LARGE', ROOT, String(count), `${TRANSFERS_MAX} payments at most`);
  for (const [at, { id, transfers }] of initiation.groups.entries()) {
    const path = `${ROOT}/PmtInf[${at + 1}]`;
    claim(groups, id, `${path}/PmtInfId`, faults);
    for (const [index, { endToEndId, uetr }] of transfers.entries()) {
      const payment = `${path}/CdtTrfTxInf[${index + 1}]/PmtId`;
      if (endToEndId !== NOT_PROVIDED) claim(payments, endToEndId, `${payment}/EndToEndId`, faults);
      if (uetr !== null) claim(uetrs, uetr, `${payment}/UETR`, faults);
    }
  }
}

function claim(taken: Set<string>, id: string, path: string, faults: MessageFaults): void {
  if (taken.has(id)) faults.add('DUPLICATE_ID', path, id, 'an id that no other has');
  taken.add(id);
}

/** That ids are in the set of characters that every bank takes, as they must come back the way they went. */
export function checkCharacters(initiation: Initiation, faults: MessageFaults): void {
  check(initiation.messageId, `${ROOT}/GrpHdr/MsgId`, faults);
  for (const [at, { id, transfers }] of initiation.groups.entries()) {
    const path = `${ROOT}/PmtInf[${at + 1}]`;
    check(id, `${path}/PmtInfId`, faults);
    for (const [index, { endToEndId, instructionId }] of transfers.entries()) {
      const payment = `${path}/CdtTrfTxInf[${index + 1}]/PmtId`;
      check(endToEndId, `${payment}/EndToEndId`, faults);
      if (instructionId !== null) check(instructionId, `${payment}/InstrId`, faults);
    }
  }
}

/** EPC217-08: no slash at either end, and no two of them together. */
function check(id: string, path: string, faults: MessageFaults): void {
  const isRight = isSepaText(id) && !id.startsWith('/') && !id.endsWith('/') && !id.includes('//');
  if (!isRight)
    faults.add('CHARACTERS', path, id, "letters, digits and /-?:().,'+ or blanks, no slash at an end");
}
