import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError } from './errors.ts';
import { isUuid, type Uuid } from './id.ts';

/**
 * Who asks. The router authenticates and signs it; a subgraph refuses a request whose Viewer is not signed with
 * the deployment's secret for exactly this body.
 */
export interface Viewer {
  readonly organizationId: Uuid;
  readonly kind: 'KEY' | 'CLIENT' | 'MEMBER' | 'SYSTEM';
  /** The ApiKey, client token or Member. */
  readonly subjectId: string;
  readonly scopes: readonly string[];
  /** Set for client tokens, which may see this one Customer only. */
  readonly customerId?: Uuid;
  /** When the credentials end by themselves; left out for those that do not. */
  readonly expiresAtMs?: number;
}

/** True for what acts for one Customer and runs in a payer's browser, whatever its scopes say. */
export function isClient({ kind, customerId }: Viewer): boolean {
  return kind === 'CLIENT' || customerId !== undefined;
}

/**
 * Refuses client tokens, whatever their scopes: keys, onboarding, books and moving money are the organization's business.
 *
 * @throws {ApiError} FORBIDDEN
 */
export function requireWholeOrganization(viewer: Viewer): void {
  if (isClient(viewer)) throw new ApiError('FORBIDDEN', 'a client token of one customer cannot do this');
}

export const VIEWER_HEADER = 'x-omsx-viewer';
const SIGNATURE_LIFETIME_MS = 30_000;

/** `base64url(viewer and expiry).base64url(HMAC-SHA256 over that and the body)`. */
export function signViewer(viewer: Viewer, body: string, secret: string, now: Date): string {
  const payload = Buffer.from(
    JSON.stringify({ ...viewer, expiresAt: now.getTime() + SIGNATURE_LIFETIME_MS }),
  ).toString('base64url');
  return `${payload}.${mac(payload, body, secret).toString('base64url')}`;
}

/** The Viewer, or null when the header is absent, altered, expired or was signed for another body. */
export function verifyViewer(
  header: string | undefined,
  body: string,
  secret: string,
  now: Date,
): Viewer | null {
  const [payload, signature, ...rest] = (header ?? '').split('.');
  if (!payload || !signature || rest.length > 0) return null;
  const given = Buffer.from(signature, 'base64url');
  const expected = mac(payload, body, secret);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const { expiresAt, ...viewer } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  if (typeof expiresAt !== 'number' || expiresAt < now.getTime() || !isUuid(viewer.organizationId))
    return null;
  return viewer as Viewer;
}

/** True when the Viewer holds `scope`, by itself or through a wildcard such as `accounts:*` or `*`. */
export function hasScope(viewer: Viewer, scope: string): boolean {
  return (
    viewer.scopes.includes(scope) ||
    viewer.scopes.includes('*') ||
    viewer.scopes.includes(`${scope.split(':')[0]}:*`)
  );
}

function mac(payload: string, body: string, secret: string): Buffer {
  const digest = createHash('sha256').update(body).digest('base64');
  return createHmac('sha256', secret).update(`${payload}.${digest}`).digest();
}
