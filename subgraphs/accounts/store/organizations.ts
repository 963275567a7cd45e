import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { EndorsementPolicy } from '../domain/endorsement.ts';
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

const SHARE_POLICIES = statement(
  'accounts.share_endorsement_policies',
  `select id, endorsement_policy as policy from accounts.organization
    where id = any($1::uuid[]) order by id for share`,
);

/** The policies of organizations, which stay as they are until the end of the tx. */
export async function sharePolicies(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, EndorsementPolicy>> {
  const rows = await tx.rows<{ readonly id: Uuid; readonly policy: EndorsementPolicy }>(SHARE_POLICIES, [
    [...new Set(ids)],
  ]);
  return new Map(rows.map(({ id, policy }) => [id, policy]));
}

const SET_POLICY = statement(
  'accounts.set_endorsement_policy',
  'update accounts.organization set endorsement_policy = $2 where id = $1 and endorsement_policy <> $2 returning id',
);

/** Locks the organization until the end of the tx. True when the policy was another one. */
export async function setPolicy(tx: Tx, id: Uuid, policy: EndorsementPolicy): Promise<boolean> {
  return (await tx.rows(SET_POLICY, [id, policy])).length > 0;
}
