import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../../../platform/log.ts';
import type { BankEvent } from '../provider.ts';
import { readBytes } from '../readBytes.ts';
import { isSignedBy, SIGNATURE_HEADER } from '../signature.ts';

export interface CallbackOptions<Event = BankEvent> {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly secret: string;
  /** Null for bytes that are no message. */
  readonly parse: (bytes: Uint8Array) => Event | null;
  readonly take: (received: { readonly event: Event; readonly bytes: Uint8Array }) => Promise<unknown>;
  /** Is told each status that a callback was answered with. */
  readonly onCallback?: (status: number) => void;
  /** Answers what is asked for here besides; null for what it does not know. */
  readonly answerOther?: (request: IncomingMessage) => Promise<OtherReply | null>;
  readonly logger: Logger;
}

export interface OtherReply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface CallbackServer {
  readonly url: string;
  close(): Promise<void>;
}

const REQUEST_WAIT_MS = 10_000;
/** Where callbacks are taken in. */
export const CALLBACK_PATH = '/callbacks';

/** Takes in callbacks. 200 only once the message is kept, so that whoever sends it may stop; all else is sent again. */
export async function startCallbackServer<Event = BankEvent>(
  options: CallbackOptions<Event>,
): Promise<CallbackServer> {
  const { host, port, logger } = options;
  const listener: RequestListener = (request, response) => {
    answer(options, request)
      .catch((error: unknown) => {
        logger.error({ err: error }, 'a callback could not be taken in');
        options.onCallback?.(503);
        return empty(503);
      })
      .then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body));
  };
  const server = createServer({ requestTimeout: REQUEST_WAIT_MS, headersTimeout: REQUEST_WAIT_MS }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer<Event>(options: CallbackOptions<Event>, request: IncomingMessage): Promise<OtherReply> {
  const other = request.method === 'GET' ? await options.answerOther?.(request) : null;
  if (other) return other;
  const status = await statusOf(options, request);
  if (request.method === 'POST' && request.url === CALLBACK_PATH) options.onCallback?.(status);
  return empty(status);
}

function empty(status: number): OtherReply {
  return { status, type: 'application/json', body: '{}' };
}

async function statusOf<Event>(options: CallbackOptions<Event>, request: IncomingMessage): Promise<number> {
  if (request.method === 'GET' && request.url === '/health') return 200;
  if (request.method !== 'POST' || request.url !== CALLBACK_PATH) return 404;
  const bytes = await readBytes(request);
  if (bytes === null) return 413;
  if (!isSignedBy(options.secret, request.headers[SIGNATURE_HEADER], bytes, Date.now())) return 401;
  const event = options.parse(bytes);
  if (event === null) return 400;
  await options.take({ event, bytes });
  return 200;
}
