import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { OrganizationEntity } from './entities.ts';
import type { OrganizationRow } from './rows.ts';

/** The organization itself, or null when there is none. Safe to retry. */
export function findOrganization(database: Database, id: Uuid): Promise<OrganizationRow | null> {
  return database.read(id, (tx) => tx.manager.findOneBy(OrganizationEntity, { id }));
}

/** Seen from nobody's organization, by the writer role: for set-up only. */
export function findSandboxByName(tx: Tx, name: string): Promise<OrganizationRow | null> {
  return tx.manager.findOne(OrganizationEntity, { where: { name, mode: 'SANDBOX' }, order: { id: 'ASC' } });
}

const INSERT = statement(
  'accounts.insert_organization',
  'insert into accounts.organization (id, name, mode) values ($1, $2, $3)',
);

/** @throws a violation of `organization_pkey` when the id is taken. */
export async function insertOrganization(
  tx: Tx,
  organization: Pick<OrganizationRow, 'id' | 'name' | 'mode'>,
): Promise<void> {
  await tx.rows(INSERT, [organization.id, organization.name, organization.mode]);
}

const LOCK_SET_UP = statement(
  'accounts.lock_set_up',
  `select pg_advisory_xact_lock(hashtextextended('accounts.set_up', 7))`,
);

/** Until the end of the tx nobody else sets up organizations, so that two first starts make one. */
export async function lockSetUp(tx: Tx): Promise<void> {
  await tx.rows(LOCK_SET_UP);
}
