import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../platform/log.ts';

interface Fault {
  readonly status: number;
  readonly message: string;
}

const MALFORMED: Fault = { status: 400, message: 'The request is no HTTP/1.1.' };

/** By the code of the error that Node raises. */
const FAULTS: Readonly<Record<string, Fault>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request took too long to arrive.' },
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The headers are too large.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, message: 'The chunk extensions are too large.' },
};

/** Ends a connection on which no request could be read, with JSON as everywhere else where it can still be read. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex, logger: Logger): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = FAULTS[error.code ?? ''] ?? MALFORMED;
  const requestId = randomUUID();
  logger.debug({ requestId, status, fault: error.message }, 'a request could not be read');
  const extensions = { code: 'BAD_REQUEST', retryable: false, requestId };
  const body = JSON.stringify({ errors: [{ message, extensions }] });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'connection: close',
      'content-type: application/json; charset=utf-8',
      'x-content-type-options: nosniff',
      `x-request-id: ${requestId}`,
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
    // A client that reads nothing keeps its side open; it had its time.
    () => socket.destroy(),
  );
}
