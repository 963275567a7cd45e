import { openAccounts } from '../../../ledger/open.ts';
import { type Command, fingerprintOf, type Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText, firstFault } from '../../../platform/inputs.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { giveAddresses } from '../../../rails/onchain/addresses.ts';
import { findUnseen } from '../../../rails/onchain/reads/followed.ts';
import { type Catalogue, isCarried } from '../domain/catalogue.ts';
import { assetNotOnNetwork, type StoredFailure } from '../errors.ts';
import { walletOpened } from '../events.ts';
import { insertWallets, type NewWallet } from '../store/insertWallets.ts';

export const WALLET_NAME_LENGTH_MAX = 200;

/** What createWallet is asked, as it came. */
export interface CreateWalletRequest {
  readonly idempotencyKey: string;
  readonly customerId?: string | null | undefined;
  readonly network: string;
  readonly asset: string;
  readonly name?: string | null | undefined;
}

export interface CreateWallet extends Command {
  readonly operation: 'createWallet';
  readonly wallet: NewWallet;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readCreateWallet(
  organizationId: Uuid,
  request: CreateWalletRequest,
  catalogue: Catalogue,
): CreateWallet | FailureView {
  const { network, asset } = request;
  const fault = firstFault(
    checkIdempotencyKey(request.idempotencyKey),
    checkOptionalText('name', request.name, 0, WALLET_NAME_LENGTH_MAX),
    catalogue.networks.has(network)
      ? null
      : invalidInput('network', network, 'a code that the query networks lists'),
    catalogue.assets.has(asset) ? null : invalidInput('asset', asset, 'a code that the query assets lists'),
  );
  if (fault) return fault;
  if (!isCarried(catalogue, network, asset)) return assetNotOnNetwork(network, asset);
  const customerId = request.customerId == null ? null : parseId('cus', request.customerId);
  // An organization is a holder too; under the name of a Customer there is none with its uuid.
  if (request.customerId != null && (customerId === null || customerId === organizationId)) {
    return notFound(request.customerId);
  }
  const asked = { customerId, network, asset, name: request.name ?? null };
  return {
    organizationId,
    operation: 'createWallet',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    wallet: { id: newUuid(), organizationId, ...asked },
  };
}

/**
 * Opens the Accounts and writes the Wallets that stand on them, all in two statements; answers in order. An unknown
 * Customer and another organization's come to the same NotFound. Wallets on connected Networks get their addresses in
 * the same tx, which holds the counter of their organization's root until its end. Retry only with the whole tx.
 */
export async function openWallets(
  tx: Tx,
  commands: readonly CreateWallet[],
  catalogue: Catalogue,
): Promise<readonly Outcome[]> {
  if (commands.length === 0) return [];
  const opened = await openAccounts(
    tx,
    commands.map(({ wallet }) => ({
      id: wallet.id,
      organizationId: wallet.organizationId,
      holderId: wallet.customerId ?? wallet.organizationId,
      kind: wallet.customerId === null ? 'TREASURY' : 'CUSTOMER',
      asset: wallet.asset,
      backsWallet: true,
      name: wallet.name,
    })),
  );
  const wallets = commands.filter((_, index) => opened[index] === 'OPENED').map(({ wallet }) => wallet);
  await insertWallets(tx, wallets);
  await addressWallets(tx, wallets, catalogue);
  return commands.map(({ wallet }, index) => {
    const result = opened[index];
    if (result === 'OPENED')
      return { result: { type: 'Wallet', id: wallet.id }, events: [walletOpened(wallet)] };
    // The catalogue knows the Asset and the id is new, so that only the holder can be missing.
    invariant(result?.code === 'HOLDER_NOT_FOUND', `opening ${wallet.id} came to ${JSON.stringify(result)}`);
    return { result: holderNotFound(wallet), events: [] };
  });
}

/**
 * A Wallet on a Network that is not connected waits for it. One whose Asset nobody follows there gets no address: what
 * arrives would not be seen.
 */
async function addressWallets(tx: Tx, wallets: readonly NewWallet[], catalogue: Catalogue): Promise<void> {
  const onChains = wallets.filter(({ network }) => catalogue.networks.get(network)?.kind === 'EVM');
  if (onChains.length === 0) return;
  const isUnseen = await findUnseen(tx);
  await giveAddresses(
    tx,
    onChains
      .filter(({ network, asset }) => !isUnseen(network, asset))
      .map(({ id, organizationId, network, asset }) => ({ walletId: id, organizationId, network, asset })),
  );
}

function holderNotFound(wallet: NewWallet): StoredFailure {
  const id =
    wallet.customerId === null ? formatId('org', wallet.organizationId) : formatId('cus', wallet.customerId);
  return { type: 'NotFound', id };
}
