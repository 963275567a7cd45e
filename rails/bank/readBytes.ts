import type { IncomingMessage } from 'node:http';

export const MESSAGE_BYTES_MAX = 65_536;

/** The exact bytes of a body; null when there are too many. */
export async function readBytes(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MESSAGE_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
