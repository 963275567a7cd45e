import { registerHolders } from '../../../ledger/open.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { appendEvents } from '../../../platform/outbox.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { hmacOf, makeSecretKey } from '../domain/apiKey.ts';
import { apiKeyCreated } from '../events.ts';
import { insertApiKeys } from '../store/apiKeyWrites.ts';
import { findSandboxByName, insertOrganization, lockSetUp } from '../store/organizations.ts';
import type { OrganizationRow } from '../store/rows.ts';

export interface SandboxOrganization {
  readonly organizationId: Uuid;
  /** The whole secret key with scope `*`, only when this call made it. */
  readonly apiKey: string | null;
}

/**
 * The sandbox organization of this name: made with its holder and a key for everything when there is none yet.
 * Safe to repeat, and two processes at once make one; but a key that was lost on the way is not shown again:
 * `issueRootKey` makes another.
 *
 * @param options.database as role omsx_accounts_writer
 */
export function ensureSandboxOrganization(options: {
  readonly database: Database;
  readonly name: string;
  readonly pepper: string;
}): Promise<SandboxOrganization> {
  const { database, name, pepper } = options;
  return database.write(async (tx) => {
    await lockSetUp(tx);
    const existing = await findSandboxByName(tx, name);
    if (existing) return { organizationId: existing.id, apiKey: null };
    const organization = { id: newUuid(), name, mode: 'SANDBOX' } as const;
    await insertOrganization(tx, organization);
    await registerHolders(tx, [
      { id: organization.id, organizationId: organization.id, kind: 'ORGANIZATION' },
    ]);
    return { organizationId: organization.id, apiKey: await insertRootKey(tx, organization, pepper) };
  });
}

/**
 * One more key with scope `*`, for an operator who has the database but lost the key. Each call makes one.
 *
 * @param options.database as role omsx_accounts_writer
 */
export function issueRootKey(options: {
  readonly database: Database;
  readonly organization: Pick<OrganizationRow, 'id' | 'mode'>;
  readonly pepper: string;
}): Promise<string> {
  const { database, organization, pepper } = options;
  return database.write((tx) => insertRootKey(tx, organization, pepper));
}

async function insertRootKey(
  tx: Tx,
  organization: Pick<OrganizationRow, 'id' | 'mode'>,
  pepper: string,
): Promise<string> {
  const { token, prefix } = makeSecretKey(organization.mode);
  const key = { id: newUuid(), organizationId: organization.id };
  const secretHmac = hmacOf(token, pepper);
  await insertApiKeys(tx, [{ ...key, name: 'Root key', prefix, secretHmac, scopes: ['*'] }]);
  await appendEvents(tx, [apiKeyCreated(key)]);
  return token;
}
