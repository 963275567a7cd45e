import { type Connection, type Page, readPage } from './connection.ts';
import { ApiError } from './errors.ts';

/** Rows of one part of an export; whoever wants more asks for the next. */
export const EXPORT_SIZE_MAX = 1_000;

/** A file, or some of it: parts one after the other are the whole. */
export interface ExportPart {
  readonly content: string;
  readonly count: number;
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

/** Reads how much is wanted, and from where on. @throws {ApiError} BAD_USER_INPUT for a size or a cursor that is none */
export function readPart({
  first,
  after,
}: {
  readonly first: number;
  readonly after?: string | null | undefined;
}): Page {
  if (!Number.isInteger(first) || first < 1 || first > EXPORT_SIZE_MAX)
    throw new ApiError('BAD_USER_INPUT', `first must be from 1 to ${EXPORT_SIZE_MAX}, got ${first}`);
  return { ...readPage({ first: 1, after }), limit: first };
}

/** @param count how many rows are in the text */
export function partOf(
  content: string,
  count: number,
  { hasNextPage, endCursor }: Connection<unknown>['pageInfo'],
): ExportPart {
  return { content, count, hasNextPage, endCursor };
}
