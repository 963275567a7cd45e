import { arrayOf, arrayOfText } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';

/** What a Wallet's coins can be sent from. */
export interface SendingWallet {
  readonly walletId: Uuid;
  readonly organizationId: Uuid;
  readonly network: string;
  readonly asset: string;
  /** Of the organization on that Network. */
  readonly custodyAddress: string;
}

const FIND_SENDING_WALLETS = statement(
  'chain.find_sending_wallets',
  `select address.wallet_id as "walletId", address.organization_id as "organizationId", address.network,
          address.asset, custody.address as "custodyAddress"
     from chain.address address
     join chain.asset asset on asset.network = address.network and asset.asset = address.asset
     join chain.address custody on custody.network = address.network
       and custody.organization_id = address.organization_id and custody.purpose = 'CUSTODY'
    where address.wallet_id = any($1::uuid[]) and address.deposit_address_id is null`,
);

/** The Wallets that have an address on a connected Network, by their id. Role omsx_payments_writer. Safe to retry. */
export async function findSendingWallets(
  tx: Tx,
  walletIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, SendingWallet>> {
  const rows = await tx.rows<SendingWallet>(FIND_SENDING_WALLETS, [arrayOf(walletIds, (id) => id)]);
  return new Map(rows.map((row) => [row.walletId, row]));
}

/** An address that is not outside: one that we hold the key of, or a contract that belongs to a Network. */
export interface InsideAddress {
  readonly network: string;
  readonly address: string;
  readonly role: 'OURS' | 'CONTRACT';
  /** Null for a contract and for the gas tank. */
  readonly organizationId: Uuid | null;
  /** The Wallet that is credited with what arrives there, if any. */
  readonly walletId: Uuid | null;
}

const FIND_INSIDE_ADDRESSES = statement(
  'chain.find_inside_addresses',
  `select address.network, address.address, 'OURS' as role, address.organization_id as "organizationId",
          address.wallet_id as "walletId"
     from unnest($1::text[]) as asked(address) join chain.network on true
     join chain.address address on address.network = network.code and address.address = asked.address
   union all
   select asset.network, asset.contract, 'CONTRACT', null, null from chain.asset asset
    where asset.contract = any($1::text[])
   union all
   select network.code, lower(network.multisend), 'CONTRACT', null, null from chain.network network
    where lower(network.multisend) = any($1::text[])`,
);

/** Those of `addresses` that are inside, on any Network. Role omsx_payments_writer. Safe to retry. */
export async function findInsideAddresses(
  tx: Tx,
  addresses: readonly string[],
): Promise<readonly InsideAddress[]> {
  return tx.rows<InsideAddress>(FIND_INSIDE_ADDRESSES, [arrayOf(addresses, (address) => address)]);
}

/** A wish to move money to the outside. */
export interface NewSend {
  /** The Transaction's. */
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** The Account whose money it is: it says which client tokens may see what carries it. */
  readonly accountId: Uuid;
  readonly network: string;
  readonly asset: string;
  readonly fromAddress: string;
  readonly toAddress: string;
  /** Minor units, greater than zero. */
  readonly amountMinor: bigint;
}

const INSERT_SENDS = statement(
  'chain.insert_sends',
  `with inserted as (
     insert into chain.send (id, organization_id, network, asset, purpose, from_address, to_address, amount,
       account_id, settled_version)
     select id, organization_id, network, asset, 'PAYMENT', from_address, to_address, amount, account_id, 1
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::uuid[])
            as wish(id, organization_id, network, asset, from_address, to_address, amount, account_id)
      order by id
     returning 1),
   told as (select pg_notify('chain_send', '') from inserted limit 1)
   select (select count(*) from inserted) as count, (select count(*) from told) as told`,
);

/** Queues sends, in the tx that holds their money: the books know of their first version. Retry only with the whole tx. */
export async function insertSends(tx: Tx, sends: readonly NewSend[]): Promise<void> {
  if (sends.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(INSERT_SENDS, [
    arrayOf(sends, (send) => send.id),
    arrayOf(sends, (send) => send.organizationId),
    arrayOfText(sends, (send) => send.network),
    arrayOfText(sends, (send) => send.asset),
    arrayOf(sends, (send) => send.fromAddress),
    arrayOf(sends, (send) => send.toAddress),
    arrayOf(sends, (send) => send.amountMinor),
    arrayOf(sends, (send) => send.accountId),
  ]);
  invariant(written?.count === BigInt(sends.length), `${written?.count} of ${sends.length} sends queued`);
}

/** What the owner of a send asks for while it is under way. */
export interface SendAsk {
  readonly id: Uuid;
  readonly asks: 'CANCEL' | 'ACCELERATE';
}

const ASK_OF_SENDS = statement(
  'chain.ask_of_sends',
  `with asked as (
     update chain.send send
        set cancel_asked_at = case when wish.asks = 'CANCEL' then coalesce(send.cancel_asked_at, clock_timestamp())
                                   else send.cancel_asked_at end,
            accelerate_asked_at = case when wish.asks = 'ACCELERATE' then clock_timestamp()
                                       else send.accelerate_asked_at end
       from unnest($1::uuid[], $2::text[]) as wish(id, asks)
      where send.id = wish.id
     returning 1)
   select pg_notify('chain_send', '') from asked limit 1`,
);

/** Leaves the wish with sends that are locked. Retry only with the whole tx. */
export async function askOfSends(tx: Tx, asks: readonly SendAsk[]): Promise<void> {
  // One statement for each kind: an update joined with two rows for one send would take only one of them.
  const kinds = ['CANCEL', 'ACCELERATE'] as const;
  await Promise.all(kinds.map((kind) => askKind(tx, kind, asks)));
}

async function askKind(tx: Tx, kind: SendAsk['asks'], asks: readonly SendAsk[]): Promise<void> {
  const ids = [...new Set(asks.filter((ask) => ask.asks === kind).map((ask) => ask.id))];
  if (ids.length === 0) return;
  await tx.rows(ASK_OF_SENDS, [arrayOf(ids, (id) => id), arrayOf(ids, () => kind)]);
}

/** What an organization would send on a Network. */
export interface CustodyAsked {
  readonly organizationId: Uuid;
  readonly network: string;
  readonly asset: string;
}

const FIND_CUSTODY = statement(
  'chain.find_custody',
  `select asked.organization_id as "organizationId", asked.network, asked.asset, custody.address
     from unnest($1::uuid[], $2::text[], $3::text[]) as asked(organization_id, network, asset)
     join chain.asset asset on asset.network = asked.network and asset.asset = asked.asset
     join chain.address custody on custody.network = asked.network
       and custody.organization_id = asked.organization_id and custody.purpose = 'CUSTODY'`,
);

/** The addresses that sends go from; nothing for an organization that has none on the Network. Safe to retry. */
export async function findCustody(
  tx: Tx,
  asked: readonly CustodyAsked[],
): Promise<readonly (CustodyAsked & { readonly address: string })[]> {
  return tx.rows(FIND_CUSTODY, [
    arrayOf(asked, ({ organizationId }) => organizationId),
    arrayOfText(asked, ({ network }) => network),
    arrayOfText(asked, ({ asset }) => asset),
  ]);
}
