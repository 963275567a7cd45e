import type { BankRailName, RailName } from '../../port.ts';
import type { CalendarCode } from '../calendar/rules.ts';

/** Rails that the catalogue describes: those of banks, and cash. */
export type CatalogRailName = BankRailName | Extract<RailName, 'CASH'>;

/** Kinds of accounts at banks. */
export const BANK_ACCOUNT_TYPES = ['US_BANK', 'IBAN', 'CLABE', 'PIX_KEY', 'UPI_ID', 'UK_BANK'] as const;

/** Kinds of accounts outside that rails of the catalogue reach: those, and cash, which is paid out at a place. */
export const ACCOUNT_TYPES = [...BANK_ACCOUNT_TYPES, 'CASH_PICKUP'] as const;

export type AccountType = (typeof ACCOUNT_TYPES)[number];

/** How fast a payment is asked to travel: ACH and SEPA have two speeds, at a price. */
export const SPEED_CODES = ['STANDARD', 'SAME_DAY', 'INSTANT'] as const;

export type SpeedCode = (typeof SPEED_CODES)[number];

/** A time as clocks in the schedule's zone show it, some calendar days from the business day that it belongs to. */
export interface Moment {
  /** -1 is the evening before, 1 the night after. */
  readonly days: number;
  /** `HH:MM`, 00:00 to 23:59. */
  readonly time: string;
}

/** One exchange of the day: what is handed in before the cut-off settles then. */
export interface Window {
  readonly cutOff: Moment;
  /** Business days after the day of the cut-off. */
  readonly settlementDays: number;
  readonly settlesAt: Moment;
}

export type Schedule =
  /** Day and night, every day of the year. */
  | {
      readonly kind: 'CONTINUOUS';
      /** What the scheme promises at worst, in milliseconds. */
      readonly settlesWithinMs: number;
    }
  | {
      readonly kind: 'WINDOWS';
      readonly calendar: CalendarCode;
      /** Of the IANA database. */
      readonly timeZone: string;
      /** From when on payments of a business day are taken. */
      readonly opensAt: Moment;
      /** In order of their cut-offs, at least one. */
      readonly windows: readonly Window[];
    };

export interface Speed {
  readonly code: SpeedCode;
  /** In minor units of the rail's asset. */
  readonly amountMinorMin: bigint;
  readonly amountMinorMax: bigint;
  readonly schedule: Schedule;
}

/** Until when a reason can bring money back. */
export type ReturnWindow =
  /** Counted in business days of the rail's calendar from settlement. */
  | { readonly kind: 'BUSINESS_DAYS'; readonly days: number }
  /** Counted in days as they come. */
  | { readonly kind: 'CALENDAR_DAYS'; readonly days: number }
  /** No rule ends it: whoever got the money may send it back when it likes. */
  | { readonly kind: 'OPEN' };

/** What a reason is about, the same words for all rails. */
export type ReasonFamily =
  | 'ACCOUNT_NOT_FOUND'
  | 'ACCOUNT_CLOSED'
  | 'ACCOUNT_BLOCKED'
  | 'NAME_MISMATCH'
  | 'NOT_ACCEPTED'
  | 'LIMIT'
  | 'DUPLICATE'
  | 'FRAUD'
  | 'REQUESTED_BY_SENDER'
  | 'REFUSED_BY_RECEIVER'
  | 'DECEASED'
  | 'REGULATORY'
  | 'FORMAT'
  | 'TECHNICAL'
  | 'OTHER';

/** Why money came back or was never taken, as the rail's rules number it. */
export interface ReturnReason {
  /** `R03`, `AC04`, `1114`, ... */
  readonly code: string;
  readonly family: ReasonFamily;
  /** In a plain sentence without its full stop. */
  readonly meaning: string;
  /** Where this reason has a time of its own; else that of the rail. */
  readonly window?: ReturnWindow;
}

/** What is known of one way to move one Asset outside. Code asks this and never the rail's name. */
export interface RailEntry {
  readonly rail: CatalogRailName;
  /** Code of the Asset; its scale is that of the ledger's catalogue. */
  readonly asset: string;
  /** The rules and schedules that the data is from. */
  readonly source: string;
  readonly accountTypes: readonly AccountType[];
  /** Whether money that has settled can come back by this rail's own rules, against the will of whoever has it. */
  readonly isReversible: boolean;
  readonly returnWindow: ReturnWindow;
  readonly returnReasons: readonly ReturnReason[];
  /** The first is taken where none is asked for. */
  readonly speeds: readonly Speed[];
}
