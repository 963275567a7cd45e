import type { CivilDate } from './civilDate.ts';

/** Years in which a rule holds, both included. */
interface Years {
  readonly from?: number;
  readonly to?: number;
  /** Every so many years, counted from `from`: 6 for a change of presidents in Mexico. */
  readonly every?: number;
  /** Years in which a decree moved the day; the other rules of the calendar say to which. */
  readonly except?: readonly number[];
}

/** How a day that falls on a weekend is made good. */
export type Substitute =
  /** Not at all. */
  | 'NONE'
  /** A Sunday on the Monday after; a Saturday not at all (Federal Reserve). */
  | 'SUNDAY_TO_MONDAY'
  /** On the next day that is neither a weekend nor a holiday (United Kingdom). */
  | 'NEXT_FREE_WEEKDAY';

/** A holiday as its law has it, so that years to come need no list. */
export type HolidayRule = Years & { readonly name: string; readonly substitute?: Substitute } & (
    | { readonly kind: 'FIXED'; readonly month: number; readonly day: number }
    /** `nth` 1 to 4, or -1 for the last; weekday 0 is Sunday. */
    | { readonly kind: 'WEEKDAY'; readonly month: number; readonly weekday: number; readonly nth: number }
    /** Days after Easter Sunday; before it where negative. */
    | { readonly kind: 'EASTER'; readonly days: number }
    /** One day that a decree named. */
    | { readonly kind: 'ONCE'; readonly date: CivilDate }
  );

/** Which days of the week banks rest. */
export type WeekRest = 'SATURDAY_SUNDAY' | 'SUNDAY_AND_EVEN_SATURDAYS';

export const CALENDAR_CODES = ['US', 'TARGET2', 'MX', 'BR', 'IN', 'GB'] as const;

export type CalendarCode = (typeof CALENDAR_CODES)[number];

/** When the banks of a country work. */
export interface BankCalendar {
  readonly code: CalendarCode;
  /** Who publishes the days. */
  readonly source: string;
  readonly weekRest: WeekRest;
  readonly rules: readonly HolidayRule[];
  /** Days that an operator adds: decrees, and what no rule can compute (lunar holidays of India). */
  readonly closed: readonly CivilDate[];
  /** Days that an operator takes out. */
  readonly open: readonly CivilDate[];
}
