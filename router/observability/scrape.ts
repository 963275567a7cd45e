import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { readBearer } from '../auth.ts';

/** Whoever passes a proxy on this machine comes from here too, so what a proxy adds makes it another. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/**
 * Whether a request may read the metrics: with the token where one is set; else from this machine only.
 *
 * @param token null when none is set
 */
export function mayScrape({ headers, socket }: IncomingMessage, token: string | null): boolean {
  if (token !== null) {
    const given = readBearer(headers.authorization);
    return given !== null && timingSafeEqual(digest(given), digest(token));
  }
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) return false;
  return isLoopback(socket.remoteAddress ?? '');
}

function isLoopback(address: string): boolean {
  const v4 = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return address === '::1' || (isIP(v4) === 4 && v4.startsWith('127.'));
}

/** Of one length, as a constant-time comparison needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
