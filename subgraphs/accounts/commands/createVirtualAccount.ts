import type { LedgerAccount } from '../../../ledger/account.ts';
import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import {
  checkIdempotencyKey,
  checkMetadata,
  checkOptionalText,
  firstFault,
  metadataObject,
} from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import { PERCENT_EXPECTED, readPercent } from '../../../platform/percent.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { fingerprintOfPlace } from '../../../rails/bank/externalAccounts/fingerprint.ts';
import { ARRIVES_BY, type VirtualAccountRow } from '../../../rails/bank/virtualAccounts/virtualAccount.ts';
import { insertVirtualAccounts } from '../../../rails/bank/virtualAccounts/writeVirtualAccounts.ts';
import type { Context } from '../context.ts';
import { EXTERNAL_ID_LENGTH_MAX } from '../domain/customer.ts';
import { failureOf } from '../errors.ts';
import { virtualAccountChanged } from '../events.ts';
import type { CreateVirtualAccountInput } from '../generated/resolvers.ts';
import { lockAccounts } from '../store/accounts.ts';
import { type CreateVirtualAccount, commandOf, submit } from './command.ts';

/**
 * Gives out bank details. The issuer is asked before the tx begins: what it gave for a try that came to nothing is unused, and
 * what arrives there goes to SUSPENSE. Safe to retry with the same key.
 */
export async function createVirtualAccount(
  context: Context,
  input: CreateVirtualAccountInput,
): Promise<VirtualAccountRow | FailureView> {
  const { viewer, services } = context;
  const fault = firstFault(
    checkIdempotencyKey(input.idempotencyKey),
    checkMetadata(input.metadata),
    checkOptionalText('externalId', input.externalId, 1, EXTERNAL_ID_LENGTH_MAX),
  );
  if (fault) return fault;
  const { type, destinationId } = input;
  const issuer = services.virtualAccountIssuer;
  if (issuer === null) return invalidInput('type', type, 'nothing: no issuer of bank details is connected');
  const walletId = parseId('wal', destinationId);
  const accountId = walletId ?? parseId('acc', destinationId);
  const destination = accountId && (await context.loaders.account.load(accountId));
  if (!destination) return notFound(destinationId);
  const unfit = checkDestination(destination, destinationId);
  if (unfit) return unfit;
  const arriving = ARRIVES_BY[type].asset;
  const convertsTo = destination.asset === arriving ? null : destination.asset;
  const fee = await readFee(context, input, destination, arriving);
  if ('__typename' in fee) return fee;
  const id = newUuid();
  const issued = await issuer.issue({ id, type });
  const isOwn = destination.holderId === destination.organizationId;
  const account = {
    ...issued,
    id,
    type,
    organizationId: viewer.organizationId,
    customerId: isOwn ? null : destination.holderId,
    accountId: destination.id,
    byWallet: walletId !== null,
    asset: arriving,
    convertsTo,
    ...fee,
    issuer: issuer.code,
    fingerprint: fingerprintOfPlace(services.placeKey, { type, ...issued }),
    externalId: input.externalId ?? null,
    metadata: metadataObject(input.metadata),
  };
  const result = await submit(context, { ...commandOf(context, 'createVirtualAccount', input), account });
  const failure = failureOf(result);
  if (failure) return failure;
  const madeId = present(parseId('vac', String(result.id)), 'id of the new virtual account');
  return present(await context.loaders.virtualAccount.load(madeId), 'new virtual account');
}

function checkDestination({ kind }: LedgerAccount, id: string): FailureView | null {
  return kind === 'CUSTOMER' || kind === 'TREASURY'
    ? null
    : invalidInput('destinationId', id, `an account of kind CUSTOMER or TREASURY, not ${kind}`);
}

type ConversionFee = Pick<VirtualAccountRow, 'feeAccountId' | 'feePartsPerMillion'>;

/** Who earns a share of what is converted: an account of holders that counts one of the two Assets. */
async function readFee(
  { loaders }: Context,
  { developerFee }: CreateVirtualAccountInput,
  destination: LedgerAccount,
  arriving: string,
): Promise<ConversionFee | FailureView> {
  if (developerFee == null) return { feeAccountId: null, feePartsPerMillion: null };
  const { recipientId, percent } = developerFee;
  if (destination.asset === arriving) {
    return invalidInput(
      'developerFee',
      percent,
      `nothing where ${arriving} arrives and is credited as it is`,
    );
  }
  const feePartsPerMillion = readPercent(percent);
  if (feePartsPerMillion === null) return invalidInput('developerFee.percent', percent, PERCENT_EXPECTED);
  const feeAccountId = parseId('wal', recipientId) ?? parseId('acc', recipientId);
  const recipient = feeAccountId && (await loaders.account.load(feeAccountId));
  if (!recipient || recipient.closedAt !== null) return notFound(recipientId);
  const isHolders = recipient.kind === 'CUSTOMER' || recipient.kind === 'TREASURY';
  const isCounted = recipient.asset === arriving || recipient.asset === destination.asset;
  if (!isHolders || !isCounted || recipient.id === destination.id) {
    const expected = `another account than the destination, of ${arriving} or ${destination.asset}`;
    return invalidInput('developerFee.recipientId', recipientId, expected);
  }
  return { feeAccountId: recipient.id, feePartsPerMillion };
}

/** Decides a batch. The Account's lock keeps it from being closed meanwhile. */
export async function decideCreateVirtualAccounts(
  tx: Tx,
  commands: readonly CreateVirtualAccount[],
): Promise<readonly Outcome[]> {
  const ids = [...new Set(commands.map(({ account }) => account.accountId))];
  const locked = await lockAccounts(tx, ids);
  const isOpen = (id: Uuid): boolean => locked.get(id)?.closedAt === null;
  const accounts = commands.map(({ account }) => account);
  const { inserted, takenBy } = await insertVirtualAccounts(
    tx,
    accounts.filter((account) => isOpen(account.accountId)),
  );
  return accounts.map((account) => {
    const destination = account.byWallet ? 'wal' : 'acc';
    if (!isOpen(account.accountId)) {
      return { result: { type: 'NotFound', id: formatId(destination, account.accountId) }, events: [] };
    }
    const other = takenBy.get(account.id);
    if (other !== undefined && other !== account.id) {
      const { externalId } = account;
      const existingId = formatId('vac', other);
      return { result: { type: 'ExternalIdTaken', externalId, existingId }, events: [] };
    }
    const created = virtualAccountChanged('Created', { ...account, version: 1 });
    return {
      result: { type: 'VirtualAccount', id: formatId('vac', account.id) },
      events: inserted.has(account.id) ? [created] : [],
    };
  });
}
