import type { IncomingHttpHeaders } from 'node:http';
import { readBearer } from '../auth.ts';
import { isOriginAllowed, type RouterConfig } from '../config.ts';
import { HttpRefusal } from './refusal.ts';

/** A browser sends none of these to another origin without asking it first (preflight), so a page cannot forge them. */
export const PREFLIGHT_HEADERS = [
  'x-apollo-operation-name',
  'apollo-require-preflight',
  'x-omsx-require-preflight',
] as const;

/** What a page may send anywhere without asking (Fetch standard, CORS-safelisted request headers). */
const SIMPLE_TYPES: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]);

/**
 * Refuses a GET that a page of another origin may have made its visitor send. A POST needs no such look: only JSON is
 * taken, for which a browser asks first.
 *
 * What is let through without a header is what no page sent (no `Origin`, no `Sec-Fetch-Site` of another site) and what
 * carries nothing that a browser adds by itself (cookies, HTTP authentication): whoever sent it has no more rights than
 * anybody who reaches the router.
 *
 * @throws {HttpRefusal} 403
 */
export function refuseForgery(headers: IncomingHttpHeaders, config: RouterConfig): void {
  if (isProof(headers)) return;
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return;
  const hasAmbientRights = headers.cookie !== undefined || headers.authorization !== undefined;
  const isAllowed = origin === undefined ? site === undefined : isOriginAllowed(config, origin, host);
  if (isAllowed && !hasAmbientRights) return;
  throw new HttpRefusal(
    403,
    `This GET may be forged by a page of another origin: send one of the headers ${PREFLIGHT_HEADERS.join(', ')}, or a POST with content-type application/json.`,
  );
}

function isProof(headers: IncomingHttpHeaders): boolean {
  if (PREFLIGHT_HEADERS.some((name) => headers[name] !== undefined)) return true;
  // A bearer token is put there by the caller's own code, and never without a preflight by a page of another origin.
  if (readBearer(headers.authorization) !== null) return true;
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return type !== undefined && type !== '' && !SIMPLE_TYPES.has(type);
}
