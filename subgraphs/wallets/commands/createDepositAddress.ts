import { type Command, fingerprintOf, type Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import {
  checkIdempotencyKey,
  checkMetadata,
  checkOptionalText,
  firstFault,
  type MetadataPair,
  metadataObject,
} from '../../../platform/inputs.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { type ParsedAmount, parseAmount } from '../../../platform/money.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { giveAddresses } from '../../../rails/onchain/addresses.ts';
import type { NewDepositAddress } from '../../../rails/onchain/depositAddresses/depositAddress.ts';
import { insertDepositAddresses } from '../../../rails/onchain/depositAddresses/writeDepositAddresses.ts';
import { findUnseen } from '../../../rails/onchain/reads/followed.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import type { StoredFailure } from '../errors.ts';
import { depositAddressChanged } from '../events.ts';
import { type CreditedWallet, findCreditedWallets } from '../store/findCreditedWallets.ts';

export const EXTERNAL_ID_LENGTH_MAX = 255;

/** What createDepositAddress is asked, as it came. */
export interface CreateDepositAddressRequest {
  readonly idempotencyKey: string;
  readonly walletId: string;
  readonly expectedAmount?: string | null | undefined;
  readonly singleUse?: boolean | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly metadata?: readonly MetadataPair[] | null | undefined;
}

export interface CreateDepositAddress extends Command {
  readonly operation: 'createDepositAddress';
  readonly id: Uuid;
  readonly walletId: Uuid;
  /** Decimal text, as its Asset is that of the Wallet; null for any amount. */
  readonly expectedAmount: string | null;
  readonly singleUse: boolean;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readCreateDepositAddress(
  organizationId: Uuid,
  request: CreateDepositAddressRequest,
): CreateDepositAddress | FailureView {
  const fault = firstFault(
    checkIdempotencyKey(request.idempotencyKey),
    checkMetadata(request.metadata),
    checkOptionalText('externalId', request.externalId, 1, EXTERNAL_ID_LENGTH_MAX),
  );
  if (fault) return fault;
  const walletId = parseId('wal', request.walletId);
  if (walletId === null) return notFound(request.walletId);
  const metadata = metadataObject(request.metadata);
  const { expectedAmount = null, singleUse, externalId = null } = request;
  const asked = { walletId, externalId, metadata, expectedAmount, singleUse: singleUse ?? false };
  return {
    ...asked,
    organizationId,
    operation: 'createDepositAddress',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    id: newUuid(),
  };
}

/**
 * Writes deposit addresses and gives each an address in the same tx, as `openWallets` does; answers in order. A Wallet whose
 * Account is closed just now is no matter: what arrives for it goes to SUSPENSE. Retry only with the whole tx.
 */
export async function openDepositAddresses(
  tx: Tx,
  commands: readonly CreateDepositAddress[],
  catalogue: Catalogue,
): Promise<readonly Outcome[]> {
  if (commands.length === 0) return [];
  const wallets = await findCreditedWallets(tx, [...new Set(commands.map(({ walletId }) => walletId))]);
  const isUnseen = await findUnseen(tx);
  const refusals = commands.map((command) =>
    refusalOf(command, wallets.get(command.walletId), catalogue, isUnseen),
  );
  const added = commands.flatMap((command, index): NewDepositAddress[] => {
    const wallet = wallets.get(command.walletId);
    return refusals[index] !== null || wallet === undefined ? [] : [placeOf(command, wallet, catalogue)];
  });
  const { inserted, takenBy } = await insertDepositAddresses(tx, added);
  await giveAddresses(
    tx,
    added
      .filter(({ id }) => inserted.has(id))
      .map(({ id, walletId, organizationId, network, asset }) => ({
        ...{ walletId, organizationId, network, asset },
        depositAddressId: id,
      })),
  );
  return commands.map((command, index): Outcome => {
    const refusal = refusals[index];
    if (refusal) return { result: refusal, events: [] };
    const { id, externalId } = command;
    const other = takenBy.get(id);
    if (other !== undefined) {
      const existingId = formatId('dep', other);
      return { result: { type: 'ExternalIdTaken', externalId, existingId }, events: [] };
    }
    return {
      result: { type: 'DepositAddress', id },
      events: [depositAddressChanged('Created', { ...command, version: 1 })],
    };
  });
}

function placeOf(
  command: CreateDepositAddress,
  wallet: CreditedWallet,
  catalogue: Catalogue,
): NewDepositAddress {
  const { id, organizationId, walletId, externalId, metadata, singleUse } = command;
  const { customerId, network, asset } = wallet;
  const expected = readExpected(command, wallet, catalogue);
  invariant(expected === null || 'amountMinor' in expected, 'an amount that was not refused');
  const amounts = { expectedMinor: expected?.amountMinor ?? null, singleUse };
  return { id, organizationId, walletId, customerId, network, asset, externalId, metadata, ...amounts };
}

function readExpected(
  { expectedAmount }: CreateDepositAddress,
  { asset }: CreditedWallet,
  { assets }: Catalogue,
): ParsedAmount | null {
  return expectedAmount === null
    ? null
    : parseAmount(expectedAmount, present(assets.get(asset), `asset ${asset}`));
}

/** Null for a Wallet that can be credited by what arrives on a chain. */
function refusalOf(
  command: CreateDepositAddress,
  wallet: CreditedWallet | undefined,
  catalogue: Catalogue,
  isUnseen: (network: string, asset: string) => boolean,
): StoredFailure | null {
  const { organizationId, walletId, expectedAmount: value } = command;
  if (wallet?.organizationId !== organizationId) return { type: 'NotFound', id: formatId('wal', walletId) };
  const accountId = formatId('acc', walletId);
  if (wallet.isClosed) return { type: 'AccountClosed', accountId };
  const isOnChain = catalogue.networks.get(wallet.network)?.kind === 'EVM';
  if (!isOnChain || isUnseen(wallet.network, wallet.asset)) return { type: 'NotOnChain', accountId };
  const expected = readExpected(command, wallet, catalogue);
  return expected === null || 'amountMinor' in expected
    ? null
    : { type: 'InvalidInput', field: 'expectedAmount', value: String(value), expected: expected.expected };
}
