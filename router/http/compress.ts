import { brotliCompress, constants, gzip } from 'node:zlib';
import { Lru } from '../../platform/lru.ts';

/** Shorter answers fit into one or two packets as they are. */
export const COMPRESSED_LENGTH_MIN = 2_048;
/** Of one process at a time. Beyond it answers leave as they are: nobody waits for a compressor. */
const COMPRESSIONS_MAX = 16;
/** Measured on an answer of 48 KiB: 7.1 KB in 0.29 CPU-ms; level 6 gives 6.5 KB in 0.38. */
const GZIP_LEVEL = 1;
/** As above: 5.7 KB in 0.37 CPU-ms; quality 1 gives 6.6 KB in 0.36. */
const BROTLI_QUALITY = 4;
const CHUNK_BYTES_MIN = 16_384;
const HEADERS_MAX = 500;
const HEADER_LENGTH_MAX = 200;

type Coding = 'br' | 'gzip';

export interface Compressed {
  readonly coding: Coding;
  readonly bytes: Buffer;
}

const known = new Lru<string, Coding | 'none'>(HEADERS_MAX);
let running = 0;

/**
 * Compresses an answer on the thread pool. Null at once when it is short, when the client takes no coding of ours, or
 * when too many are being compressed; null later when it cannot be compressed.
 */
export function compress(
  body: string | Buffer,
  acceptEncoding: string | undefined,
): Promise<Compressed | null> | null {
  if (body.length < COMPRESSED_LENGTH_MIN || running >= COMPRESSIONS_MAX) return null;
  const coding = codingOf(acceptEncoding);
  if (coding === null) return null;
  const input = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  running++;
  return new Promise((resolve) => {
    const done = (error: Error | null, bytes: Buffer): void => {
      running--;
      resolve(error === null ? { coding, bytes } : null);
    };
    // What one step on the thread pool gives: JSON shrinks to an eighth, so mostly there is one.
    const chunkSize = Math.max(CHUNK_BYTES_MIN, input.length >> 3);
    if (coding === 'gzip') gzip(input, { level: GZIP_LEVEL, chunkSize }, done);
    else {
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: input.length,
      };
      brotliCompress(input, { params, chunkSize }, done);
    }
  });
}

/** The coding of ours that a client prefers (RFC 9110, section 12.5.3); null for none. */
export function codingOf(acceptEncoding: string | undefined): Coding | null {
  if (acceptEncoding === undefined || acceptEncoding.length > HEADER_LENGTH_MAX) return null;
  const found = known.get(acceptEncoding);
  if (found !== undefined) return found === 'none' ? null : found;
  const coding = readCoding(acceptEncoding);
  known.set(acceptEncoding, coding ?? 'none');
  return coding;
}

function readCoding(acceptEncoding: string): Coding | null {
  const qualities = new Map<string, number>();
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [, name, quality = '1'] = /^\s*([\w*-]+)\s*(?:;\s*q=([\d.]{1,5})\s*)?$/.exec(part) ?? [];
    if (name !== undefined) qualities.set(name, Number(quality));
  }
  const qualityOf = (name: string): number => qualities.get(name) ?? qualities.get('*') ?? 0;
  const [br, gz] = [qualityOf('br'), qualityOf('gzip')];
  if (br === 0 && gz === 0) return null;
  return br >= gz ? 'br' : 'gzip';
}
