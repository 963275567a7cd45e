import type { IncomingMessage } from 'node:http';

/** Why a body cannot be used, as an HTTP status and a sentence. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The JSON of a request's body; undefined when it has none.
 *
 * @throws {BodyError} for one that is larger than `bytesMax`, or no JSON, or said to be something else
 */
export async function readJsonBody(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new BodyError(413, `The body is larger than ${bytesMax} bytes.`);
    chunks.push(chunk);
  }
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (bytes > 0 && type !== undefined && !type.includes('json')) {
    // Left to Apollo Server, whose CSRF prevention has the better words for it.
    return undefined;
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new BodyError(400, 'The body is no JSON.');
  }
}
