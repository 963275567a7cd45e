import { ApiError } from '../../../platform/errors.ts';
import { type CivilDate, findDate, numberOfDate } from '../calendar/civilDate.ts';

/** Days of an export, both among them. */
export interface Period {
  readonly from: CivilDate;
  readonly to: CivilDate;
}

/** @throws {ApiError} BAD_USER_INPUT for what is no day, and for more than `daysMax` of them */
export function readPeriod({ from, to }: Period, daysMax = Number.POSITIVE_INFINITY): Period {
  for (const day of [from, to]) {
    if (findDate(day) === null)
      throw new ApiError('BAD_USER_INPUT', 'from and to: days such as 2026-03-01 are expected');
  }
  const days = numberOfDate(to) - numberOfDate(from) + 1;
  if (days > daysMax)
    throw new ApiError('BAD_USER_INPUT', `from and to: at most ${daysMax} days are expected, got ${days}`);
  return { from, to };
}
