import { ApiError } from './errors.ts';
import { isUuid, type Uuid } from './id.ts';

/**
 * Relay cursor connections over keyset pages: a page reads `limit + 1` rows on from a key, never an OFFSET and
 * never a COUNT. Lists are newest first.
 * Source: https://relay.dev/graphql/connections.htm
 */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface Page {
  /** Edges asked for; read one row more to learn whether others follow. */
  readonly limit: number;
  /** True for `first`/`after`: walk on from newest to oldest. False for `last`/`before`: walk back. */
  readonly forward: boolean;
  /** Key after which (forward) or before which (backward) the page starts; null for the end of the list. */
  readonly from: string | null;
}

export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

export const PAGE_SIZE_MAX = 100;

/** Reads the four arguments. @throws {ApiError} BAD_USER_INPUT saying what was given and expected. */
export function readPage(args: PageArgs): Page {
  const forward = args.last === null || args.last === undefined;
  if (!forward && args.first !== null && args.first !== undefined) {
    throw new ApiError('BAD_USER_INPUT', 'give either first or last, not both');
  }
  const [name, limit, cursor] = forward
    ? ['first', args.first, args.after]
    : ['last', args.last, args.before];
  if (forward && args.before)
    throw new ApiError('BAD_USER_INPUT', 'before goes with last, after goes with first');
  if (!forward && args.after)
    throw new ApiError('BAD_USER_INPUT', 'after goes with first, before goes with last');
  if (limit === null || limit === undefined) {
    throw new ApiError('BAD_USER_INPUT', `first or last is required, from 1 to ${PAGE_SIZE_MAX}`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_SIZE_MAX) {
    throw new ApiError('BAD_USER_INPUT', `${name} must be from 1 to ${PAGE_SIZE_MAX}, got ${limit}`);
  }
  return { limit, forward, from: cursor ? decodeKey(cursor) : null };
}

/** `readPage` for lists whose key is a uuid. */
export function readUuidPage(args: PageArgs): Page & { readonly from: Uuid | null } {
  const page = readPage(args);
  if (page.from !== null && !isUuid(page.from)) throw malformed(String(args.after ?? args.before));
  return page as Page & { readonly from: Uuid | null };
}

/**
 * Makes the connection from at most `limit + 1` rows, read in walking direction from `page.from`.
 *
 * @param keyOf the key that the rows are ordered by
 */
export function toConnection<Node>(
  rows: readonly Node[],
  page: Page,
  keyOf: (node: Node) => string,
): Connection<Node> {
  const more = rows.length > page.limit;
  const walked = rows.slice(0, page.limit);
  const edges = (page.forward ? walked : walked.reverse()).map((node) => ({
    cursor: encodeKey(keyOf(node)),
    node,
  }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.forward ? more : page.from !== null,
      hasPreviousPage: page.forward ? page.from !== null : more,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function encodeKey(key: string): string {
  return Buffer.from(`k:${key}`).toString('base64url');
}

function decodeKey(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!text.startsWith('k:')) throw malformed(cursor);
  return text.slice(2);
}

function malformed(cursor: string): ApiError {
  return new ApiError('BAD_USER_INPUT', `${cursor.slice(0, 60)} is not a cursor of this list`);
}
