import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { accountXpubOf, createSeed } from '../keys/hdRoot.ts';
import { sealSeed } from '../keys/sealedSeed.ts';

/** Of one round; more are made in the next. */
const ROOTS_MAX = 32;

/** The gas tank has a root as organizations have, and no organization. */
const FIND = statement(
  'chain.find_without_root',
  `select null::uuid as id where not exists (select 1 from chain.root where organization_id is null)
   union all
   (select h.id from ledger.holder h
     where h.kind = 'ORGANIZATION' and not exists (select 1 from chain.root r where r.organization_id = h.id)
     order by h.created_at limit ${ROOTS_MAX})`,
);

const INSERT = statement(
  'chain.insert_root',
  `with made as (
     insert into chain.root (id, organization_id, xpub, ciphertext, nonce, tag, wrapped_key, vault_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict on constraint root_organization_key do nothing
     returning id)
   insert into chain.root_index (root_id, branch)
   select made.id, branch from made cross join (values ('DEPOSIT'), ('CUSTODY')) as one (branch)
   returning 1`,
);

/**
 * Makes an HD root for every organization that has none, and for the gas tank. Of several signers that make one at once
 * the first is kept, and the seeds of the others are forgotten. Safe to repeat.
 *
 * @returns how many were made
 * @throws {KeyVaultError} when the vault does not seal; what was made before stays
 */
export async function makeRoots(database: Database, vault: KeyVault): Promise<number> {
  const missing = await database.write((tx) => tx.rows<{ readonly id: Uuid | null }>(FIND));
  let made = 0;
  for (const { id } of missing) made += await makeRoot(database, vault, id);
  return made;
}

async function makeRoot(database: Database, vault: KeyVault, organizationId: Uuid | null): Promise<number> {
  const rootId = newUuid();
  const seed = createSeed();
  try {
    const { ciphertext, nonce, tag, wrappedKey, vaultId } = await sealSeed(seed, rootId, vault);
    const bytes = [ciphertext, nonce, tag, wrappedKey].map((one) => Buffer.from(one));
    const values = [rootId, organizationId, accountXpubOf(seed), ...bytes, vaultId];
    const rows = await database.write((tx) => tx.rows(INSERT, values));
    return rows.length > 0 ? 1 : 0;
  } finally {
    seed.wipe();
  }
}
