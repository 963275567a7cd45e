import pg from 'pg';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { hmacOf, makeSecretKey } from '../../subgraphs/accounts/domain/apiKey.ts';

/** An organization with one key that may do everything; what the platform's operator makes, not its API. */
export interface Tenant {
  readonly organizationId: Uuid;
  readonly apiKey: string;
}

/** @param databaseUrl as superuser */
export async function createTenant(databaseUrl: string, keyPepper: string): Promise<Tenant> {
  const organizationId = newUuid();
  const { token, prefix } = makeSecretKey('SANDBOX');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(
      `insert into accounts.organization (id, name, mode) values ($1, 'Crash Test', 'SANDBOX')`,
      [organizationId],
    );
    await client.query(
      `insert into accounts.api_key (id, organization_id, name, prefix, secret_hmac, scopes)
       values ($1, $2, 'crash test', $3, $4, array['*'])`,
      [newUuid(), organizationId, prefix, hmacOf(token, keyPepper)],
    );
    await client.query(
      `insert into ledger.holder (id, organization_id, kind) values ($1, $1, 'ORGANIZATION')`,
      [organizationId],
    );
    await client.query('commit');
  } finally {
    await client.end();
  }
  return { organizationId, apiKey: token };
}
