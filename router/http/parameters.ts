import type { IncomingMessage } from 'node:http';
import type { Allowance } from '../allowance.ts';
import { type GraphqlPayload, PayloadError, readPayload } from '../operation/payload.ts';
import { readBody } from './body.ts';
import { requireJson } from './contentType.ts';

const NAMES = ['query', 'documentId', 'operationName', 'variables', 'extensions'] as const;
/** These come as JSON in a URL. */
const JSON_NAMES: ReadonlySet<string> = new Set(['variables', 'extensions']);

/**
 * The parameters of a POST.
 *
 * @throws {HttpRefusal} for a body that is not JSON in UTF-8, or too large, or one too many
 * @throws {PayloadError} for JSON that is no GraphQL request
 */
export async function postedPayload(
  request: IncomingMessage,
  bytesMax: number,
  room: Allowance,
): Promise<GraphqlPayload> {
  requireJson(request.headers['content-type']);
  const text = await readBody(request, bytesMax, room);
  if (text === '') throw new PayloadError('The body is missing: expected a JSON object.');
  return readPayload(parseJson('The body', text));
}

/**
 * The parameters of a GET.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-GET
 * @throws {PayloadError}
 */
export function queriedPayload(search: string): GraphqlPayload {
  const parameters = new URLSearchParams(search);
  const payload: Record<string, unknown> = {};
  for (const name of NAMES) {
    const [value, another] = parameters.getAll(name);
    if (another !== undefined) throw new PayloadError(`"${name}" is there more than once.`);
    if (value === undefined || (value === '' && name !== 'query')) continue;
    payload[name] = JSON_NAMES.has(name) ? parseJson(`"${name}"`, value) : value;
  }
  return readPayload(payload);
}

/** The engine's own message would repeat what was sent. */
function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PayloadError(`${what} is no JSON.`);
  }
}
