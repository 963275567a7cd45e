/**
 * Messages that a client sends, and frames that it gets.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export type ClientMessage =
  | { readonly type: 'connection_init'; readonly payload: Payload | null }
  | { readonly type: 'ping'; readonly payload: Payload | null }
  | { readonly type: 'pong' }
  | { readonly type: 'subscribe'; readonly id: string; readonly payload: Payload }
  | { readonly type: 'complete'; readonly id: string };

export type Payload = Readonly<Record<string, unknown>>;

/** A message that the protocol does not know. Its message says what was expected; it goes into the close frame. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** Of an operation's id: it is repeated in each message to the client. */
const ID_LENGTH_MAX = 128;
const SHOWN_LENGTH_MAX = 40;

/** @throws {MessageError} */
export function readMessage(text: string): ClientMessage {
  const message = parse(text);
  const { type, payload } = message;
  switch (type) {
    case 'connection_init':
    case 'ping':
      return { type, payload: payloadOf(message) };
    case 'pong':
      payloadOf(message);
      return { type };
    case 'complete':
      return { type, id: idOf(message) };
    case 'subscribe':
      if (!isObject(payload)) throw new MessageError('subscribe: expected a payload that is an object');
      return { type, id: idOf(message), payload };
    default:
      throw new MessageError(
        typeof type === 'string' ? `unknown type ${type.slice(0, SHOWN_LENGTH_MAX)}` : 'expected a type',
      );
  }
}

function parse(text: string): Payload {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new MessageError('expected JSON');
  }
  if (!isObject(message)) throw new MessageError('expected an object');
  return message;
}

function idOf({ id, type }: Payload): string {
  if (typeof id === 'string' && id !== '' && id.length <= ID_LENGTH_MAX) return id;
  throw new MessageError(`${type}: expected an id of 1 to ${ID_LENGTH_MAX} characters`);
}

function payloadOf({ type, payload }: Payload): Payload | null {
  if (payload === undefined || payload === null) return null;
  if (isObject(payload)) return payload;
  throw new MessageError(`${type}: expected a payload that is an object`);
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const END = 0x7d;

/** A `next` frame. The payload is JSON already, the same bytes for everyone, and is only copied. */
export function nextFrame(id: string, payload: Buffer): Buffer {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const headBytes = Buffer.byteLength(head);
  const frame = Buffer.allocUnsafe(headBytes + payload.length + 1);
  frame.write(head);
  payload.copy(frame, headBytes);
  frame[frame.length - 1] = END;
  return frame;
}
