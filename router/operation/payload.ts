/** A request as clients put it, whichever transport brought it: either a text or the name of one. */
export interface GraphqlPayload {
  readonly query?: string;
  /** Of the persisted documents proposal. */
  readonly documentId?: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What was sent is no GraphQL request. The message names the parameter, what was expected and what came. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
}

/** Of `variables` and `extensions`: what is deeper would exhaust the stack of whoever walks it by recursion. */
export const JSON_DEPTH_MAX = 64;

/**
 * The parameters of a GraphQL request, checked. Null counts as left out, and so does an empty name.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
 * @throws {PayloadError}
 */
export function readPayload(value: unknown): GraphqlPayload {
  if (Array.isArray(value)) {
    throw new PayloadError('The request is a list: batches are not taken, send one operation at a time.');
  }
  if (!isObject(value)) throw new PayloadError(`The request is ${kindOf(value)}: expected a JSON object.`);
  const { query, documentId, operationName, variables, extensions } = value;
  return {
    ...(isAbsent(query) ? {} : { query: text('query', query) }),
    ...(isAbsent(documentId) ? {} : { documentId: text('documentId', documentId) }),
    ...(isAbsent(operationName) || operationName === ''
      ? {}
      : { operationName: text('operationName', operationName) }),
    ...(isAbsent(variables) ? {} : { variables: map('variables', variables) }),
    ...(isAbsent(extensions) ? {} : { extensions: map('extensions', extensions) }),
  };
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new PayloadError(`"${name}" is ${kindOf(value)}: expected a string.`);
}

function map(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw new PayloadError(`"${name}" is ${kindOf(value)}: expected a JSON object.`);
  if (isDeeper(value, JSON_DEPTH_MAX)) {
    throw new PayloadError(`"${name}" is too deep: expected at most ${JSON_DEPTH_MAX} levels.`);
  }
  return value;
}

/** Goes no deeper than `levelsMax` itself, so it cannot exhaust the stack. */
function isDeeper(value: unknown, levelsMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levelsMax === 0) return true;
  for (const inner of Object.values(value)) if (isDeeper(inner, levelsMax - 1)) return true;
  return false;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return value === undefined ? 'missing' : `of the type ${typeof value}`;
}
