import * as zlib from 'node:zlib';
import { HttpRefusal, tooLarge } from './refusal.ts';

type Decoder = (
  bytes: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, output: Buffer) => void,
) => void;

/** Zstandard came with Node 22.15. */
const zstd: Decoder | undefined = (zlib as { readonly zstdDecompress?: Decoder }).zstdDecompress;

const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', zlib.gunzip],
  ['x-gzip', zlib.gunzip],
  ['deflate', zlib.inflate],
  ['br', zlib.brotliDecompress],
  ...(zstd === undefined ? [] : [['zstd', zstd] as const]),
]);
const KNOWN = [...DECODERS.keys()].filter((name) => !name.startsWith('x-')).join(', ');

/**
 * The decoder that a body needs; null for none.
 *
 * @throws {HttpRefusal} 415 for an encoding that is not known, or several on top of one another
 */
export function encodingOf(contentEncoding: string | undefined): Decoder | null {
  if (contentEncoding === undefined) return null;
  const name = contentEncoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  const decoder = DECODERS.get(name);
  if (decoder !== undefined) return decoder;
  // RFC 9110, section 12.5.3: Accept-Encoding in an answer tells what requests may use.
  throw new HttpRefusal(415, `The content-encoding is not known: expected one of ${KNOWN}.`, [
    'accept-encoding',
    KNOWN,
  ]);
}

/** Runs off the event loop and stops at `bytesMax` of output, so that a small bomb stays small. */
export function decompress(bytes: Buffer, decoder: Decoder, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    decoder(bytes, { maxOutputLength: bytesMax }, (error, output) => {
      if (error === null) return resolve(output);
      const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      reject(
        isTooLarge ? tooLarge(bytesMax) : new HttpRefusal(400, 'The body is not what its encoding says.'),
      );
    });
  });
}
