import { createHmac, timingSafeEqual } from 'node:crypto';

export const SIGNATURE_HEADER = 'omsx-bank-signature';
/** A signature older than this, or from so far ahead, is refused. */
export const SIGNATURE_AGE_MS_MAX = 300_000;
const FORM = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/;

/** `t=<milliseconds>,v1=<HMAC-SHA256 over time, a dot and the exact bytes>`. */
export function signBytes(secret: string, bytes: Uint8Array, nowMs: number): string {
  return `t=${nowMs},v1=${macOf(secret, String(nowMs), bytes).toString('hex')}`;
}

/** Whether the bytes were signed with `secret`, and lately. Compares in constant time. */
export function isSignedBy(secret: string, header: unknown, bytes: Uint8Array, nowMs: number): boolean {
  const [, time = '', mac = ''] = FORM.exec(typeof header === 'string' ? header : '') ?? [];
  if (mac === '' || Math.abs(nowMs - Number.parseInt(time, 10)) > SIGNATURE_AGE_MS_MAX) return false;
  return timingSafeEqual(Buffer.from(mac, 'hex'), macOf(secret, time, bytes));
}

function macOf(secret: string, time: string, bytes: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${time}.`).update(bytes).digest();
}
