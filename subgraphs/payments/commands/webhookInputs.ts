import { type Position, parseCursor } from '../../../platform/cursor.ts';
import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { checkOptionalText } from '../../../platform/inputs.ts';
import { WEBHOOK_TYPES } from '../domain/webhookType.ts';
import { type AddressPolicy, URL_LENGTH_MAX, urlFault } from '../domain/webhookUrl.ts';

const DESCRIPTION_LENGTH_MAX = 500;
export const OVERLAP_SECONDS_MAX = 604_800;
export const OVERLAP_SECONDS_DEFAULT = 86_400;

type Maybe<T> = T | null | undefined;

/** The first rule that an endpoint's values break; what is left out breaks none. */
export function checkEndpoint(
  input: {
    readonly url?: Maybe<string>;
    readonly events?: Maybe<readonly string[]>;
    readonly description?: Maybe<string>;
  },
  policy: AddressPolicy,
): FailureView | null {
  const { url, events, description } = input;
  const textFault =
    checkOptionalText('url', url, 1, URL_LENGTH_MAX) ??
    checkOptionalText('description', description, 0, DESCRIPTION_LENGTH_MAX);
  if (textFault) return textFault;
  const expected = url === null || url === undefined ? null : urlFault(url, policy);
  if (expected !== null) return invalidInput('url', url, expected);
  if ((events?.length ?? 0) > WEBHOOK_TYPES.size) {
    return invalidInput('events', `${events?.length} types`, `at most ${WEBHOOK_TYPES.size} types`);
  }
  for (const [index, type] of (events ?? []).entries()) {
    if (!WEBHOOK_TYPES.has(type))
      return invalidInput(`events.${index}`, type, `one of ${[...WEBHOOK_TYPES.keys()].join(', ')}`);
  }
  return null;
}

export function checkOverlap(seconds: number): FailureView | null {
  if (seconds >= 0 && seconds <= OVERLAP_SECONDS_MAX) return null;
  return invalidInput('overlapSeconds', seconds, `0 to ${OVERLAP_SECONDS_MAX}`);
}

/** Where a range begins; the beginning of all when no cursor is given. */
export function readAfter(cursor: Maybe<string>): Position | FailureView {
  if (cursor === null || cursor === undefined) return { xid: 0n, seq: 0n };
  return parseCursor(cursor) ?? invalidInput('afterCursor', cursor, 'a cursor of a message or a stream');
}
