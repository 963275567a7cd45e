import type { CivilDate } from '../calendar/civilDate.ts';
import { asciiText } from '../text/latin.ts';
import { type AchFault, type AchFile, AchFileError, type CreditClass } from './achFile.ts';
import { checkDigitOf } from './totals.ts';

/** Who sends the file and for whom, as agreed with the bank. */
export interface AchOriginator {
  /** Nine digits of the bank that takes the file. */
  readonly destinationRouting: string;
  readonly destinationName: string;
  /** Ten characters that the bank knows us by. */
  readonly immediateOrigin: string;
  readonly originName: string;
  /** Eight digits of the bank that originates. */
  readonly odfi: string;
  readonly companyName: string;
  readonly companyId: string;
}

/** One payment to an account of the United States. */
export interface AchCredit {
  /** Ours, back in every return: 15 characters at most. */
  readonly id: string;
  readonly routingNumber: string;
  readonly accountNumber: string;
  readonly isSavings: boolean;
  /** In cents; 0 makes a prenotification, which only asks whether the account is there. */
  readonly amountMinor: bigint;
  readonly holderName: string;
  /** What the payment is for; more than 80 characters need CTX. */
  readonly information: string | null;
}

/** What one batch pays, and under which words. */
export interface CreditsOfDay {
  readonly entryClass: CreditClass;
  /** What receivers see: `PAYROLL`, ten characters at most. */
  readonly entryDescription: string;
  readonly descriptiveDate: string;
  readonly effectiveDate: CivilDate;
  readonly createdOn: CivilDate;
  /** `HHMM`. */
  readonly createdAt: string;
  readonly fileIdModifier: string;
  /** The last seven digits of the first trace number; each payment takes the next. */
  readonly firstSequence: number;
  readonly credits: readonly AchCredit[];
}

const AMOUNT_MINOR_MAX = 9_999_999_999n;
const SEQUENCE_MAX = 9_999_999;
const ADDENDA_LENGTH = 80;
const ADDENDA_MAX = 9_999;
const ROUTING = /^[0-9]{9}$/;
const ODFI = /^[0-9]{8}$/;
const ACCOUNT = /^[0-9A-Za-z-]{1,17}$/;
const ID = /^[ -~]{1,15}$/;
const MODIFIER = /^[A-Z0-9]$/;

/**
 * A file with one batch of credits, trace numbers given in order.
 *
 * @throws {AchFileError} with every payment that cannot be written; `line` is its place in `credits`, from 1
 */
export function composeCredits(originator: AchOriginator, day: CreditsOfDay): AchFile {
  const faults = [
    ...faultsOf(originator, day),
    ...day.credits.flatMap((credit, at) => creditFaults(credit, at + 1, day)),
  ];
  if (faults.length > 0) throw new AchFileError(faults);
  return {
    immediateDestination: ` ${originator.destinationRouting}`,
    immediateOrigin: originator.immediateOrigin,
    creationDate: day.createdOn,
    creationTime: day.createdAt,
    fileIdModifier: day.fileIdModifier,
    destinationName: asciiText(originator.destinationName, 23),
    originName: asciiText(originator.originName, 23),
    referenceCode: '',
    batches: [
      {
        serviceClass: '220',
        companyName: asciiText(originator.companyName, 16),
        discretionaryData: '',
        companyId: originator.companyId,
        entryClass: day.entryClass,
        entryDescription: asciiText(day.entryDescription, 10),
        descriptiveDate: day.descriptiveDate,
        effectiveDate: day.effectiveDate,
        settlementDay: '',
        originatorStatus: '1',
        odfi: originator.odfi,
        batchNumber: 1,
        entries: day.credits.map((credit, at) =>
          entryOf(credit, originator.odfi, day, day.firstSequence + at),
        ),
      },
    ],
  };
}

function entryOf(
  credit: AchCredit,
  odfi: string,
  day: CreditsOfDay,
  sequence: number,
): AchFile['batches'][number]['entries'][number] {
  const isPrenote = credit.amountMinor === 0n;
  const information = addendaOf(credit.information, addendaMaxOf(day));
  const name = asciiText(credit.holderName, day.entryClass === 'CTX' ? 16 : 22);
  return {
    transactionCode: `${credit.isSavings ? '3' : '2'}${isPrenote ? '3' : '2'}`,
    routingNumber: credit.routingNumber,
    accountNumber: credit.accountNumber,
    amountMinor: credit.amountMinor,
    individualId: credit.id,
    // CTX says how many addenda there are before the name.
    individualName: day.entryClass === 'CTX' ? `${String(information.length).padStart(4, '0')}${name}` : name,
    discretionaryData: '',
    traceNumber: `${odfi}${String(sequence).padStart(7, '0')}`,
    addenda: information.map((text) => ({ kind: 'PAYMENT' as const, information: text })),
  };
}

function addendaOf(information: string | null, addendaMax: number): readonly string[] {
  return asciiText(information ?? '', ADDENDA_LENGTH * addendaMax).match(/.{1,80}/g) ?? [];
}

function addendaMaxOf(day: CreditsOfDay): number {
  return day.entryClass === 'CTX' ? ADDENDA_MAX : 1;
}

function faultsOf(originator: AchOriginator, day: CreditsOfDay): readonly AchFault[] {
  const checks: readonly (readonly [field: string, value: string, isRight: boolean, expected: string])[] = [
    [
      'destinationRouting',
      originator.destinationRouting,
      isRouting(originator.destinationRouting),
      'a routing number',
    ],
    ['odfi', originator.odfi, ODFI.test(originator.odfi), 'eight digits'],
    ['fileIdModifier', day.fileIdModifier, MODIFIER.test(day.fileIdModifier), 'a capital or a digit'],
    ['credits', String(day.credits.length), day.credits.length > 0, 'one payment at least'],
    [
      'firstSequence',
      String(day.firstSequence),
      Number.isSafeInteger(day.firstSequence) &&
        day.firstSequence > 0 &&
        day.firstSequence + day.credits.length - 1 <= SEQUENCE_MAX,
      `trace numbers from 1 to ${SEQUENCE_MAX}`,
    ],
  ];
  return checks.flatMap(([field, value, isRight, expected]) =>
    isRight ? [] : [{ line: 0, field, value, expected }],
  );
}

function creditFaults(credit: AchCredit, line: number, day: CreditsOfDay): readonly AchFault[] {
  const { amountMinor, information } = credit;
  const addendaMax = addendaMaxOf(day);
  const checks: readonly (readonly [field: string, value: string, isRight: boolean, expected: string])[] = [
    ['id', credit.id, ID.test(credit.id), '1 to 15 characters of ASCII'],
    [
      'routingNumber',
      credit.routingNumber,
      isRouting(credit.routingNumber),
      'nine digits with a right check digit',
    ],
    [
      'accountNumber',
      credit.accountNumber,
      ACCOUNT.test(credit.accountNumber),
      '1 to 17 digits, letters or hyphens',
    ],
    [
      'amountMinor',
      String(amountMinor),
      amountMinor >= 0n && amountMinor <= AMOUNT_MINOR_MAX,
      `0 to ${AMOUNT_MINOR_MAX} cents`,
    ],
    ['holderName', credit.holderName, credit.holderName.trim() !== '', 'a name'],
    [
      'information',
      `${information?.length ?? 0} characters`,
      (information?.length ?? 0) <= addendaMax * ADDENDA_LENGTH,
      `${addendaMax * ADDENDA_LENGTH} characters at most in ${day.entryClass}`,
    ],
  ];
  return checks.flatMap(([field, value, isRight, expected]) =>
    isRight ? [] : [{ line, field, value, expected }],
  );
}

function isRouting(text: string): boolean {
  return ROUTING.test(text) && checkDigitOf(text.slice(0, 8)) === text.charAt(8);
}
