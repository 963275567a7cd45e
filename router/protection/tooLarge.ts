import { ApiError } from '../../platform/errors.ts';

/** What a document may hold, each with the words that a client reads. */
const COUNTED = {
  tokens: 'tokens',
  operations: 'operations',
  depth: 'levels of fields',
  nesting: 'levels of braces and brackets',
  rootFields: 'root fields',
  aliases: 'aliases',
  directives: 'directives',
  selections: 'selections',
  comparisons: 'pairs of fields with the same response key',
} as const;
export type LimitName = keyof typeof COUNTED;

/** The error of a document beyond a limit. `found` may be a lower bound, where counting ended early. */
export function tooLarge(limit: LimitName, found: number, maximum: number): ApiError {
  return new ApiError(
    'OPERATION_TOO_LARGE',
    `The document has ${found} ${COUNTED[limit]}, fragments counted wherever they are spread; at most ${maximum} are allowed.`,
    { limit, found, maximum },
  );
}
