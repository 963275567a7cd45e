import type { Address, Hex } from 'viem';
import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyBranch } from '../keys/hdRoot.ts';
import type { SealedRoot } from '../keys/signer.ts';
import type { AskedAttempt, AskedAuthorization, AskedTransaction, CarriedSend, Signatory } from './asked.ts';

/** Something to sign, with the place of its key. */
export interface Asked {
  readonly kind: 'ATTEMPT' | 'AUTHORIZATION';
  /** Of the transaction or the send. */
  readonly id: Uuid;
  readonly network: string;
  readonly address: Address;
  readonly rootId: Uuid;
  readonly branch: KeyBranch;
  readonly index: number;
  /** Of the token, for an authorization. */
  readonly contract: Address | null;
}

const LIST = statement(
  'chain.list_asked',
  `select * from (
     (select 'ATTEMPT' as kind, a.chain_transaction_id as id, a.network, d.address, d.root_id as "rootId", d.branch,
             d.index, null as contract, a.created_at
        from chain.attempt a
        join chain.transaction t on t.id = a.chain_transaction_id
        join chain.address d on d.network = t.network and d.address = t.from_address
       where a.state = 'ASKED' and a.network = any ($1::text[]) and d.root_id <> all ($2::uuid[])
       order by a.created_at limit $3)
     union all
     (select 'AUTHORIZATION', z.send_id, z.network, d.address, d.root_id, d.branch, d.index, z.contract, z.created_at
        from chain.authorization z
        join chain.address d on d.network = z.network and d.address = z.authorizer
       where z.state = 'ASKED' and z.network = any ($1::text[]) and d.root_id <> all ($2::uuid[])
       order by z.created_at limit $3)) asked
    order by created_at`,
);

/**
 * The oldest of what is asked for, without locks. Attempts and authorizations each have their own bound: those of a token
 * that cannot be read stay, and must not keep transactions from being signed.
 *
 * @param without roots that are left alone for now
 * @param limit of each kind
 */
export async function listAsked(
  database: Database,
  networks: readonly string[],
  without: readonly Uuid[],
  limit: number,
): Promise<readonly Asked[]> {
  const values = [networks, arrayOf(without, (id) => id), limit];
  return await database.write((tx) => tx.rows<Asked>(LIST, values));
}

const ROOT = statement(
  'chain.read_sealed_root',
  `select ciphertext, nonce, tag, wrapped_key as "wrappedKey", vault_id as "vaultId" from chain.root where id = $1`,
);

export async function readRoot(database: Database, id: Uuid): Promise<SealedRoot | null> {
  const [sealed] = await database.write((tx) => tx.rows<SealedRoot['sealed']>(ROOT, [id]));
  return sealed === undefined ? null : { id, sealed };
}

const LOCK_ADDRESSES = statement(
  'chain.lock_signatories',
  `select d.network, d.address, d.organization_id as "organizationId", d.purpose, d.next_nonce as "nextNonce"
     from chain.address d
     join unnest($1::text[], $2::text[]) asked (network, address) using (network, address)
    order by d.network, d.address
      for no key update of d skip locked`,
);

export interface LockedSignatory extends Signatory {
  readonly nextNonce: bigint;
}

/** Locks addresses, so that one signer at a time uses the key and the day of each; those of another are left to it. */
export async function lockSignatories(
  tx: Tx,
  addresses: readonly { readonly network: string; readonly address: Address }[],
): Promise<readonly LockedSignatory[]> {
  return await tx.rows(LOCK_ADDRESSES, [
    arrayOf(addresses, ({ network }) => network),
    arrayOf(addresses, ({ address }) => address),
  ]);
}

const LOCK_TRANSACTIONS = statement(
  'chain.lock_asked_transactions',
  `select id, network, from_address as "from", kind, state, nonce from chain.transaction
    where id = any ($1::uuid[]) order by id for no key update`,
);

const LOCK_ATTEMPTS = statement(
  'chain.lock_asked_attempts',
  `select chain_transaction_id as "transactionId", number, purpose, to_address as "to", value as "valueWei",
          '0x' || encode(data, 'hex') as data, gas_limit as "gasLimit", max_fee_per_gas as "maxFeePerGasWei",
          max_priority_fee_per_gas as "maxPriorityFeePerGasWei"
     from chain.attempt where chain_transaction_id = any ($1::uuid[]) and state = 'ASKED'
    order by created_at, chain_transaction_id, number for no key update`,
);

const SEND_COLUMNS = `s.id, s.chain_transaction_id as "transactionId", s.organization_id as "organizationId", s.asset,
  s.purpose, s.from_address as "from", s.to_address as "to", s.amount as "amountMinor", s.state,
  s.cancel_asked_at is not null as "isCancelAsked", z.nonce as "authorizationNonce", z.state as "authorizationState"`;

const READ_SENDS = statement(
  'chain.read_carried_sends',
  `select ${SEND_COLUMNS} from chain.send s left join chain.authorization z on z.send_id = s.id
    where s.chain_transaction_id = any ($1::uuid[])`,
);

export interface AskedOfTransactions {
  readonly transactions: ReadonlyMap<Uuid, AskedTransaction>;
  readonly attempts: readonly AskedAttempt[];
  readonly sends: ReadonlyMap<Uuid, readonly CarriedSend[]>;
}

/**
 * Locks what is still asked of these transactions, in the order it was asked, and reads what they carry after that: who
 * takes a planned send back locks its transaction first.
 */
export async function lockAttempts(tx: Tx, ids: readonly Uuid[]): Promise<AskedOfTransactions> {
  const values = [arrayOf([...new Set(ids)], (id) => id)];
  const transactions = await tx.rows<AskedTransaction>(LOCK_TRANSACTIONS, values);
  const attempts = await tx.rows<AskedAttempt>(LOCK_ATTEMPTS, values);
  const sends = new Map<Uuid, CarriedSend[]>(transactions.map(({ id }) => [id, []]));
  for (const send of await tx.rows<CarriedSend>(READ_SENDS, values)) {
    if (send.transactionId !== null) sends.get(send.transactionId)?.push(send);
  }
  return { transactions: new Map(transactions.map((one) => [one.id, one])), attempts, sends };
}

const LOCK_AUTHORIZATIONS = statement(
  'chain.lock_asked_authorizations',
  `select z.send_id as "sendId", z.network, z.contract, z.authorizer, z.nonce as "nonceOfToken",
          z.valid_after_seconds as "validAfterSeconds", z.valid_before_seconds as "validBeforeSeconds", ${SEND_COLUMNS}
     from chain.authorization z join chain.send s on s.id = z.send_id
    where z.send_id = any ($1::uuid[]) and z.state = 'ASKED'
    order by z.send_id for no key update of z`,
);

export async function lockAuthorizations(
  tx: Tx,
  sendIds: readonly Uuid[],
): Promise<readonly AskedAuthorization[]> {
  type Row = Omit<AskedAuthorization, 'send' | 'nonce'> & CarriedSend & { readonly nonceOfToken: Hex };
  const rows = await tx.rows<Row>(LOCK_AUTHORIZATIONS, [arrayOf(sendIds, (id) => id)]);
  return rows.map((row) => ({
    sendId: row.sendId,
    network: row.network,
    contract: row.contract,
    authorizer: row.authorizer,
    nonce: row.nonceOfToken,
    validAfterSeconds: row.validAfterSeconds,
    validBeforeSeconds: row.validBeforeSeconds,
    send: row,
  }));
}

const KNOWN = statement(
  'chain.read_known_recipients',
  `select network, address, organization_id as "organizationId", purpose from chain.address
    where address = any ($1::text[])`,
);

/** Those of the recipients that are ours. */
export async function readKnown(tx: Tx, recipients: readonly Address[]): Promise<readonly Signatory[]> {
  return await tx.rows(KNOWN, [arrayOf([...new Set(recipients)], (one) => one)]);
}
