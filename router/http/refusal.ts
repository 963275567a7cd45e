/** Why an HTTP request is no GraphQL request that can be looked at: a status, a code and a sentence. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly code: 'BAD_REQUEST' | 'OVERLOADED';
  /** Names and values in turn. */
  readonly headers: readonly string[];

  constructor(status: number, message: string, headers: readonly string[] = []) {
    super(message);
    this.status = status;
    this.code = status === 503 ? 'OVERLOADED' : 'BAD_REQUEST';
    this.headers = headers;
  }
}

/** The client went away before its request was there. Nobody is left to be answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** What was not read would be taken for the next request, so the connection ends with the answer. */
export function tooLarge(bytesMax: number): HttpRefusal {
  return new HttpRefusal(413, `The body is too large: expected at most ${bytesMax} bytes.`, [
    'connection',
    'close',
  ]);
}
