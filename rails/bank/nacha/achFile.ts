import type { CivilDate } from '../calendar/civilDate.ts';

/** Classes of entries that are written: to consumers, to companies, to companies with many addenda. Returns carry any. */
export const CREDIT_CLASSES = ['PPD', 'CCD', 'CTX'] as const;

export type CreditClass = (typeof CREDIT_CLASSES)[number];

/** What follows an entry. */
export type Addenda =
  /** 05: what the payment is for. */
  | { readonly kind: 'PAYMENT'; readonly information: string }
  /** 99: the entry comes back. */
  | {
      readonly kind: 'RETURN';
      /** `R01` to `R99`. */
      readonly code: string;
      readonly originalTrace: string;
      /** With R14 and R15. */
      readonly dateOfDeath: CivilDate | null;
      /** Eight digits of the bank that the entry had gone to. */
      readonly originalRdfi: string;
      readonly information: string;
    }
  /** 98: the entry was posted, but its details should be others next time. */
  | {
      readonly kind: 'CHANGE';
      /** `C01` to `C99`. */
      readonly code: string;
      readonly originalTrace: string;
      readonly originalRdfi: string;
      /** What should be written instead, as the code lays it out. */
      readonly correctedData: string;
    };

export interface AchEntry {
  /** 22 credit to a checking account, 32 to a savings account, 23 and 33 their prenotifications, 21 and 31 returns. */
  readonly transactionCode: string;
  /** Nine digits, the last of which is the check digit. */
  readonly routingNumber: string;
  readonly accountNumber: string;
  /** In cents; 0 for prenotifications and notifications of change. */
  readonly amountMinor: bigint;
  readonly individualId: string;
  readonly individualName: string;
  readonly discretionaryData: string;
  /** Fifteen digits: eight of the bank that sends, seven in rising order. */
  readonly traceNumber: string;
  readonly addenda: readonly Addenda[];
}

export interface AchBatch {
  /** 200 both ways, 220 credits, 225 debits. */
  readonly serviceClass: string;
  readonly companyName: string;
  readonly discretionaryData: string;
  readonly companyId: string;
  /** `PPD`, `CCD`, ...; `COR` for notifications of change. */
  readonly entryClass: string;
  readonly entryDescription: string;
  /** Six characters that the receiver is shown; `SD1300` asks some operators for the same day. */
  readonly descriptiveDate: string;
  readonly effectiveDate: CivilDate;
  /** Day of the year on which the operator settles, three digits; blank in what we send. */
  readonly settlementDay: string;
  readonly originatorStatus: string;
  /** Eight digits. */
  readonly odfi: string;
  readonly batchNumber: number;
  readonly entries: readonly AchEntry[];
}

/** All that one file of the NACHA format says, counts and totals left out, as they follow. */
export interface AchFile {
  /** Ten characters; a routing number has a blank before it. */
  readonly immediateDestination: string;
  readonly immediateOrigin: string;
  readonly creationDate: CivilDate;
  /** `HHMM`, or blank. */
  readonly creationTime: string;
  /** A to Z or 0 to 9, another for each file of a day. */
  readonly fileIdModifier: string;
  readonly destinationName: string;
  readonly originName: string;
  readonly referenceCode: string;
  readonly batches: readonly AchBatch[];
}

/** Entries and addenda of one file that are written or read at most. */
export const ACH_RECORDS_MAX = 200_000;

/** One thing in a file that is not as it has to be. */
export interface AchFault {
  /** Line from 1, or 0 for the file as a whole. */
  readonly line: number;
  readonly field: string;
  /** As it stands there, 40 characters at most; null where nothing stands there. May be personal: not for logs. */
  readonly value: string | null;
  readonly expected: string;
}

const FAULTS_SHOWN_MAX = 20;

/** A file that cannot be believed, or a payment that cannot be written; nothing of it is taken. Its message has no values. */
export class AchFileError extends Error {
  override readonly name = 'AchFileError';
  readonly faults: readonly AchFault[];

  constructor(faults: readonly AchFault[]) {
    const shown = faults.slice(0, FAULTS_SHOWN_MAX);
    const lines = shown.map(({ line, field, expected }) => `- line ${line}, ${field}: expected ${expected}`);
    super(`the ACH file has ${faults.length} fault(s):\n${lines.join('\n')}`);
    this.faults = faults;
  }
}
