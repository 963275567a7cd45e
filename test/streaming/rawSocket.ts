import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';

/** A WebSocket connection whose frames are written and read by hand. */
export interface RawSocket {
  readonly socket: Socket;
  /** Writes one frame, masked as clients must; `claimed` is the length it says it has. */
  write(opcode: number, payload: Buffer, claimed?: number): void;
  /** Code and reason of the close frame that the server sends. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Frames read so far, the first byte of each and its payload. */
  readonly frames: readonly { readonly head: number; readonly payload: Buffer }[];
}

export const TEXT_FRAME = 1;
export const BINARY_FRAME = 2;
const CLOSE_FRAME = 8;
const FIN = 0x80;
const MASKED = 0x80;

export async function openRawSocket(url: string): Promise<RawSocket> {
  const handshake = request(url.replace('ws:', 'http:'), {
    headers: {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      'sec-websocket-protocol': 'graphql-transport-ws',
    },
  }).end();
  const [, socket, head] = (await once(handshake, 'upgrade')) as [unknown, Socket, Buffer];
  const frames: { head: number; payload: Buffer }[] = [];
  let rest = head;
  let tell: (close: { code: number; reason: string }) => void = () => undefined;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    tell = resolve;
  });
  const read = (): void => {
    for (let frame = takeFrame(rest); frame !== null; frame = takeFrame(rest)) {
      rest = rest.subarray(frame.bytes);
      frames.push({ head: frame.head, payload: frame.payload });
      if ((frame.head & 0x0f) !== CLOSE_FRAME) continue;
      tell({ code: frame.payload.readUInt16BE(0), reason: frame.payload.subarray(2).toString() });
    }
  };
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    read();
  });
  socket.on('error', () => undefined);
  read();
  return {
    socket,
    closed,
    frames,
    write(opcode, payload, claimed = payload.length) {
      const mask = randomBytes(4);
      const masked = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] as number)));
      socket.write(Buffer.concat([header(opcode, claimed), mask, masked]));
    },
  };
}

function header(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([FIN | opcode, MASKED | length]);
  const bytes = Buffer.alloc(length < 65_536 ? 4 : 10);
  bytes[0] = FIN | opcode;
  bytes[1] = MASKED | (length < 65_536 ? 126 : 127);
  if (length < 65_536) bytes.writeUInt16BE(length, 2);
  else bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** The first whole frame of what came; null while it is not there. */
function takeFrame(bytes: Buffer): { head: number; payload: Buffer; bytes: number } | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] as number) & 0x7f;
  const offset = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < offset) return null;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < offset + length) return null;
  return {
    head: bytes[0] as number,
    payload: bytes.subarray(offset, offset + length),
    bytes: offset + length,
  };
}
