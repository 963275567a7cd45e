import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey, metadataObject } from '../../../../platform/inputs.ts';
import { present } from '../../../../platform/invariant.ts';
import { formatAmount } from '../../../../platform/money.ts';
import { type CashTerms, findCashNetwork } from '../../../../rails/cash/networks.ts';
import type {
  CancelCashInCommand,
  CreateCashInCommand,
  RefreshCashInCommand,
} from '../../domain/cash/command.ts';
import { checkLabels, type LabelsRequest, readMoney, readParty } from '../inputs.ts';

/** What createCashIn is asked, as it came. */
export interface CreateCashInRequest extends LabelsRequest {
  readonly destinationId: string;
  readonly network: string;
  readonly amount: string;
  readonly asset: string;
  readonly customerId?: string | null | undefined;
}

/**
 * Checks what needs no database. A failure found here is not kept: its key may be used again.
 *
 * @param adapter whom codes are asked of; null where no network of counters is connected
 */
export function readCreateCashIn(
  organizationId: Uuid,
  request: CreateCashInRequest,
  assets: AssetCatalogue,
  adapter: string | null,
): CreateCashInCommand | FailureView {
  const fault = checkLabels(request);
  if (fault) return fault;
  const { network, asset } = request;
  const amountMinor = readMoney(assets, asset, request.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const wrong = faultOfCash('cashIn', request, amountMinor, assets);
  if (wrong) return wrong;
  if (adapter === null) return invalidInput('network', network, 'nothing, as no counters are connected here');
  const destination = readParty(request.destinationId);
  if (!destination) return notFound(request.destinationId);
  const customerId = request.customerId == null ? null : parseId('cus', request.customerId);
  if (customerId === null && request.customerId != null) return notFound(request.customerId);
  const asked = {
    ...{ destination, network, amountMinor, asset, customerId },
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  return {
    ...asked,
    organizationId,
    adapter,
    operation: 'createCashIn',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    cashInId: newUuid(),
    orderId: newUuid(),
    journalId: newUuid(),
  };
}

/** What is wrong with a network for an amount; null when it takes it. */
export function faultOfCash(
  way: 'cashIn' | 'pickup',
  { network: code, asset, amount }: Pick<CreateCashInRequest, 'network' | 'asset' | 'amount'>,
  amountMinor: bigint,
  assets: AssetCatalogue,
): FailureView | null {
  const network = findCashNetwork(code);
  const terms: CashTerms | null = network?.[way] ?? null;
  if (network === null || terms === null) {
    const what = way === 'cashIn' ? 'where cash is paid in' : 'where cash is picked up';
    return invalidInput('network', code, `the code of a network ${what}: see cashNetworks`);
  }
  if (network.asset !== asset) return invalidInput('asset', asset, `${network.asset}, which ${code} counts`);
  const { amountMinorMin: min, amountMinorMax: max } = terms;
  if (amountMinor >= min && amountMinor <= max) return null;
  const scale = present(assets.get(asset), `asset ${asset}`);
  const range = `${formatAmount(min, scale)} to ${formatAmount(max, scale)} ${asset} at ${code}`;
  return invalidInput('amount', amount, range);
}

/** What refreshCashIn and cancelCashIn are asked, as it came. */
export interface ChangeCashInRequest {
  readonly idempotencyKey: string;
  readonly id: string;
}

/** As `readCreateCashIn`. */
export function readRefreshCashIn(
  organizationId: Uuid,
  request: ChangeCashInRequest,
): RefreshCashInCommand | FailureView {
  const asked = readChange(organizationId, request);
  return '__typename' in asked ? asked : { ...asked, operation: 'refreshCashIn', orderId: newUuid() };
}

/** As `readCreateCashIn`. */
export function readCancelCashIn(
  organizationId: Uuid,
  request: ChangeCashInRequest,
): CancelCashInCommand | FailureView {
  const asked = readChange(organizationId, request);
  return '__typename' in asked ? asked : { ...asked, operation: 'cancelCashIn' };
}

function readChange(organizationId: Uuid, { idempotencyKey, id }: ChangeCashInRequest) {
  const fault = checkIdempotencyKey(idempotencyKey);
  if (fault) return fault;
  const cashInId = parseId('csh', id);
  if (cashInId === null) return notFound(id);
  const fingerprint = fingerprintOf({ cashInId });
  return { organizationId, idempotencyKey, cashInId, fingerprint, journalId: newUuid() };
}
