import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import type { FormattedExecutionResult } from 'graphql';
import type { Answer } from './exchange.ts';
import { SubgraphUnavailableError } from './port.ts';

/** A response as it came from the connection. */
export interface Reply {
  readonly status: number;
  /** Lower-case, without parameters; empty when none came. */
  readonly mediaType: string;
  /** Of `content-encoding`, lower-case; empty when none came. */
  readonly encoding: string;
  readonly body: Buffer;
}

export interface AnswerRules {
  /** Who answered, for messages. */
  readonly name: string;
  /** One of our own subgraphs, which says 401 and 404 to whoever is not its router. */
  readonly isOurs: boolean;
  /** Of the text, once it is decompressed. */
  readonly bytesMax: number;
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

const DECOMPRESSIONS: Readonly<
  Record<string, (body: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>>
> = Object.assign(Object.create(null), {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
});

/**
 * Reads a response by "GraphQL over HTTP": one of `application/graphql-response+json` is an answer whatever its status;
 * any other is one with a status of 2xx, or 4xx when it says in GraphQL's form what was wrong.
 *
 * @throws {SubgraphUnavailableError} STATUS, MALFORMED or TOO_LARGE
 */
export async function readAnswer(reply: Reply, rules: AnswerRules): Promise<Answer> {
  const { status, mediaType } = reply;
  // The subgraph does not know our signature, or is another server: a fault of the deployment, not of the client.
  const isMisdirected = rules.isOurs && (status === 401 || status === 404);
  const isAnswer =
    !isMisdirected &&
    (mediaType === GRAPHQL_RESPONSE || (status >= 200 && status < 300) || (status >= 400 && status < 500));
  if (isAnswer) {
    const text = await readText(reply, rules);
    const result = parseResult(text);
    if (result !== null) return { result, text };
  }
  const reason = status >= 200 && status < 300 ? 'MALFORMED' : 'STATUS';
  throw new SubgraphUnavailableError(`${rules.name}: status ${status} with what is no GraphQL response`, {
    reason,
    status,
  });
}

/** The result that `text` holds, or null when it holds none: no JSON, or not of GraphQL's form. */
export function parseResult(text: string): FormattedExecutionResult | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isResult(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** Of the form that the GraphQL specification gives a response (section 7.1). Null without an error would be a lie. */
export function isResult(value: unknown): value is FormattedExecutionResult {
  if (typeof value !== 'object' || value === null) return false;
  const { data, errors } = value as { data?: unknown; errors?: unknown };
  const hasErrors = Array.isArray(errors) && errors.length > 0;
  if (hasErrors && !errors.every(isError)) return false;
  if (!hasErrors && errors !== undefined && errors !== null && !Array.isArray(errors)) return false;
  if (data === undefined || data === null) return hasErrors;
  return typeof data === 'object' && !Array.isArray(data);
}

function isError(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
  );
}

async function readText(reply: Reply, { name, bytesMax }: AnswerRules): Promise<string> {
  const { encoding, status } = reply;
  const isPlain = encoding === '' || encoding === 'identity';
  const body = isPlain ? reply.body : await decompress(reply, name, bytesMax);
  // JSON is UTF-8 (RFC 8259). What is not was damaged on its way, and would else be read as replacement characters.
  if (!isUtf8(body)) {
    throw new SubgraphUnavailableError(`${name}: the body is not UTF-8`, { reason: 'MALFORMED', status });
  }
  const text = body.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

async function decompress(reply: Reply, name: string, bytesMax: number): Promise<Buffer> {
  const { encoding, status, body } = reply;
  const decompression = DECOMPRESSIONS[encoding];
  const fault = (reason: 'MALFORMED' | 'TOO_LARGE', detail: string, cause?: unknown): Error =>
    new SubgraphUnavailableError(`${name}: ${detail}`, { reason, status, cause });
  if (decompression === undefined) throw fault('MALFORMED', `content-encoding ${encoding} is not known`);
  try {
    // Off the event loop, and it stops at the limit: a bomb of some kilobytes never unfolds.
    return await decompression(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw fault('TOO_LARGE', `the decompressed body has more than ${bytesMax} bytes`, error);
    }
    throw fault('MALFORMED', 'the compressed body is broken', error);
  }
}
