import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { newUuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText, firstFault } from '../../../../platform/inputs.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import { PAYOUT_FILES, type PayoutFileFormat } from '../../adapters/files/payoutFile.ts';
import type { CreatePayoutBatchCommand } from '../../domain/payouts/command.ts';
import { PAYOUT_ITEMS_MAX } from '../../domain/payouts/payoutBatch.ts';
import type { PayoutFault, PayoutItemRequest } from '../../domain/payouts/payoutRequest.ts';
import { DESCRIPTION_LENGTH_MAX, EXTERNAL_ID_LENGTH_MAX, readParty } from '../inputs.ts';
import { readItems } from './readItems.ts';
import type { OutsideWish } from './readWish.ts';

/** Of a file, in UTF-8: some 200 bytes for each of 10,000 lines. A whole request may have 3 MiB. */
export const PAYOUT_FILE_BYTES_MAX = 2 * 1024 * 1024;

/** What both ways to hand in a batch ask, as it came. */
interface BatchRequest {
  readonly idempotencyKey: string;
  readonly sourceId: string;
  readonly asset: string;
  readonly description?: string | null | undefined;
  readonly externalId?: string | null | undefined;
}

export interface CreatePayoutBatchRequest extends BatchRequest {
  readonly items: readonly PayoutItemRequest[];
}

export interface UploadPayoutBatchRequest extends BatchRequest {
  readonly format: PayoutFileFormat;
  readonly text: string;
}

/** A batch as it can be read without a database. */
export interface ReadPayoutBatch {
  /** Without the items that have a fault. */
  readonly command: CreatePayoutBatchCommand;
  /** As they came, in order, for faults that are found later. */
  readonly requests: readonly PayoutItemRequest[];
  readonly faults: readonly PayoutFault[];
  /** Ways outside that have to be found yet, by the items' numbers. */
  readonly wishes: ReadonlyMap<number, OutsideWish>;
  /** What the client calls a field of an item. */
  readonly columnOf: (field: string) => string;
}

const SAME = (field: string): string => field;

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readCreatePayoutBatch(
  viewer: Viewer,
  request: CreatePayoutBatchRequest,
  assets: AssetCatalogue,
): ReadPayoutBatch | FailureView {
  const { items } = request;
  const file = { items, faults: [], columnOf: SAME };
  return readBatch(viewer, request, assets, { ...file, operation: 'createPayoutBatch' });
}

/** As `readCreatePayoutBatch`, from the text of a file. */
export function readUploadPayoutBatch(
  viewer: Viewer,
  request: UploadPayoutBatchRequest,
  assets: AssetCatalogue,
): ReadPayoutBatch | FailureView {
  const bytes = Buffer.byteLength(request.text);
  if (bytes > PAYOUT_FILE_BYTES_MAX) {
    return invalidInput('text', `${bytes} bytes`, `at most ${PAYOUT_FILE_BYTES_MAX} bytes`);
  }
  const file = PAYOUT_FILES[request.format](request.text, request.asset);
  return readBatch(viewer, request, assets, { ...file, operation: 'uploadPayoutBatch' });
}

interface HandedIn {
  readonly operation: CreatePayoutBatchCommand['operation'];
  readonly items: readonly PayoutItemRequest[];
  readonly faults: readonly PayoutFault[];
  readonly columnOf: (field: string) => string;
}

function readBatch(
  viewer: Viewer,
  request: BatchRequest,
  assets: AssetCatalogue,
  handedIn: HandedIn,
): ReadPayoutBatch | FailureView {
  const fault = firstFault(
    checkIdempotencyKey(request.idempotencyKey),
    checkOptionalText('description', request.description, 0, DESCRIPTION_LENGTH_MAX),
    checkOptionalText('externalId', request.externalId, 1, EXTERNAL_ID_LENGTH_MAX),
  );
  if (fault) return fault;
  const asset = assets.get(request.asset);
  if (!asset) return invalidInput('asset', request.asset, 'the code of an asset that we keep books in');
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const { operation, items: requests, columnOf } = handedIn;
  const count = requests.length;
  if (count > PAYOUT_ITEMS_MAX || (count === 0 && handedIn.faults.length === 0)) {
    return invalidInput('items', `${count} items`, `1 to ${PAYOUT_ITEMS_MAX} items`);
  }
  const { items, faults, wishes } = readItems(requests, source, asset);
  const asked = {
    source,
    asset: asset.code,
    items: items.map(({ id, destinationExternalAccountId, rail, payout, sealed, ...item }) => {
      const wish = wishes.get(item.number);
      return wish === undefined ? item : { ...item, ...wish };
    }),
    description: request.description ?? null,
    externalId: request.externalId ?? null,
  };
  const command: CreatePayoutBatchCommand = {
    ...asked,
    items,
    operation,
    organizationId: viewer.organizationId,
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    batchId: newUuid(),
    eventId: newUuid(),
    createdBy: viewer.subjectId,
    totalMinor: items.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
  };
  return { command, requests, faults: [...handedIn.faults, ...faults], wishes, columnOf };
}
