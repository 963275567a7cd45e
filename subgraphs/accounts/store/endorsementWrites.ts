import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KycCheck } from '../domain/customerBatch.ts';
import type { Endorsement } from '../domain/endorsement.ts';
import { ENDORSEMENT_COLUMNS } from './endorsements.ts';

const READ = statement(
  'accounts.read_endorsements',
  `select ${ENDORSEMENT_COLUMNS} from accounts.endorsement where customer_id = any($1::uuid[])`,
);

/** Of Customers that are locked, whose lock is that of their Endorsements too. */
export function readEndorsements(tx: Tx, customerIds: readonly Uuid[]): Promise<readonly Endorsement[]> {
  return tx.rows<Endorsement>(READ, [customerIds]);
}

const READ_ACTIVE = statement(
  'accounts.read_active_endorsements',
  `select customer_id as "customerId", array_agg(name) as names from accounts.endorsement
    where organization_id = $1 and status = 'ACTIVE' group by customer_id`,
);

/** Who of an organization has which Endorsements ACTIVE. */
export function readActive(
  tx: Tx,
  organizationId: Uuid,
): Promise<readonly { readonly customerId: Uuid; readonly names: readonly string[] }[]> {
  return tx.rows(READ_ACTIVE, [organizationId]);
}

/** A review leaves `updated_at` as it is, which is how it stays unseen. */
const WRITE = statement(
  'accounts.write_endorsements',
  `insert into accounts.endorsement
     (id, organization_id, customer_id, name, status, basis, reasons, check_id, version, is_held)
   select id, organization_id, customer_id, name, status, basis, reasons::jsonb, check_id, version, is_held
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
                 $9::int[], $10::boolean[])
          as changed(id, organization_id, customer_id, name, status, basis, reasons, check_id, version, is_held)
   on conflict on constraint endorsement_customer_name_key do update
      set status = excluded.status, basis = excluded.basis, reasons = excluded.reasons,
          check_id = excluded.check_id, version = excluded.version, is_held = excluded.is_held,
          updated_at = case when excluded.status = 'UNDER_REVIEW' then endorsement.updated_at
                            else (select platform.now()) end
    where endorsement.id = excluded.id and endorsement.version < excluded.version
   returning id`,
);

/** Writes Endorsements of locked Customers. @throws {InvariantError} when one was not written; abandon the tx. */
export async function writeEndorsements(tx: Tx, endorsements: readonly Endorsement[]): Promise<void> {
  if (endorsements.length === 0) return;
  const rows = await tx.rows(WRITE, [
    endorsements.map((endorsement) => endorsement.id),
    endorsements.map((endorsement) => endorsement.organizationId),
    endorsements.map((endorsement) => endorsement.customerId),
    endorsements.map((endorsement) => endorsement.name),
    endorsements.map((endorsement) => endorsement.status),
    endorsements.map((endorsement) => endorsement.basis),
    endorsements.map((endorsement) => JSON.stringify(endorsement.reasons)),
    endorsements.map((endorsement) => endorsement.checkId),
    endorsements.map((endorsement) => endorsement.version),
    endorsements.map((endorsement) => endorsement.isHeld),
  ]);
  invariant(
    rows.length === endorsements.length,
    `${rows.length} of ${endorsements.length} endorsements written`,
  );
}

const INSERT_CHECKS = statement(
  'accounts.insert_kyc_checks',
  `insert into accounts.kyc_check (id, organization_id, customer_id, endorsement)
   select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])`,
);

export async function insertChecks(tx: Tx, checks: readonly KycCheck[]): Promise<void> {
  if (checks.length === 0) return;
  await tx.rows(INSERT_CHECKS, [
    checks.map((check) => check.id),
    checks.map((check) => check.organizationId),
    checks.map((check) => check.customerId),
    checks.map((check) => check.endorsement),
  ]);
}

const END_CHECKS = statement(
  'accounts.end_kyc_checks',
  `update accounts.kyc_check set stage = 'DECIDED' where id = any($1::uuid[])`,
);

export async function endChecks(tx: Tx, ids: readonly Uuid[]): Promise<void> {
  if (ids.length > 0) await tx.rows(END_CHECKS, [ids]);
}
