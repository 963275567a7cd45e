import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DataSource } from 'typeorm';

/** Answers whose key it is, or null. Looked up at most once a second each, as a revoked one has to stop by then. */
export type CheckKey = (authorization: string | undefined) => Promise<string | null>;

const LOOKED_UP_FOR_MS = 1_000;

interface KeyRow {
  readonly organization_id: string;
  readonly secret_hmac: Buffer;
}

/** An API key is `<prefix>.<secret>`; only the secret's HMAC is kept. */
export function hmacOf(secret: string, pepper: string): Buffer {
  return createHmac('sha256', pepper).update(secret).digest();
}

export function createKeyCheck(dataSource: DataSource, pepper: string): CheckKey {
  const known = new Map<string, { readonly row: Promise<KeyRow | undefined>; readonly untilMs: number }>();
  const lookUp = (prefix: string): Promise<KeyRow | undefined> => {
    const found = known.get(prefix);
    if (found && found.untilMs > Date.now()) return found.row;
    const row = dataSource
      .query(
        'select organization_id, secret_hmac from accounts.api_key where prefix = $1 and revoked_at is null',
        [prefix],
      )
      .then((rows: KeyRow[]) => rows[0]);
    known.set(prefix, { row, untilMs: Date.now() + LOOKED_UP_FOR_MS });
    return row;
  };
  return async (authorization) => {
    const [, prefix, secret] = /^Bearer ([^.]+)\.(.+)$/.exec(authorization ?? '') ?? [];
    if (prefix === undefined || secret === undefined) return null;
    const row = await lookUp(prefix);
    return row && timingSafeEqual(row.secret_hmac, hmacOf(secret, pepper)) ? row.organization_id : null;
  };
}
