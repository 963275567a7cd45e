import { type FailureView, invalidInput } from '../../../../platform/failures.ts';
import { formatId, type Uuid } from '../../../../platform/id.ts';
import { inParallel } from '../../../../platform/inParallel.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Catalog } from '../../../../rails/bank/catalog/catalog.ts';
import { takenAt } from '../../../../rails/bank/catalog/terms.ts';
import {
  findSealedAccounts,
  type SealedAccount,
} from '../../../../rails/bank/externalAccounts/payableAccounts.ts';
import type { NewPayoutItem } from '../../domain/payouts/payoutItem.ts';
import type { PayoutFault } from '../../domain/payouts/payoutRequest.ts';
import {
  adapterFor,
  chooseRail,
  isConnected,
  openAddress,
  requireBank,
  sealForOrder,
  sealPlace,
  type WaysOutside,
} from '../places.ts';
import type { ReadPayoutBatch } from './createPayoutBatch.ts';
import { itemFault } from './readItems.ts';
import { notFoundPlace, type OutsideWish } from './readWish.ts';

/** Calls to the vault under way at a time: a far one answers 10,000 items in seconds, a near one is not drowned. */
const SEALS_MAX = 32;

/** A batch whose ways outside are known. */
export interface ResolvedBatch extends ReadPayoutBatch {
  /** External accounts that items go to, by their ids. */
  readonly places: ReadonlyMap<Uuid, SealedAccount>;
}

/**
 * Finds where items go outside: the rail of each external account, or the address that it is. What is wrong is added to the
 * faults. Asks the database, and the vault for addresses: not within a tx. Safe to retry.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened
 */
export async function resolveOutside(
  ways: WaysOutside,
  catalog: Catalog,
  read: ReadPayoutBatch,
): Promise<ResolvedBatch> {
  const { wishes, command, requests } = read;
  const ids = new Set([...wishes.values()].flatMap(({ externalAccountId: id }) => (id === null ? [] : [id])));
  const places =
    ids.size === 0
      ? new Map<Uuid, SealedAccount>()
      : await findSealedAccounts(ways.reads, command.organizationId, [...ids]);
  const resolved = new Map<number, NewPayoutItem>();
  const faults: PayoutFault[] = [...read.faults];
  await inParallel(command.items, SEALS_MAX, async (item) => {
    const wish = wishes.get(item.number);
    const found =
      wish === undefined
        ? item
        : await resolveItem(ways, catalog, {
            organizationId: command.organizationId,
            item,
            wish,
            places,
          });
    if (!('__typename' in found)) resolved.set(item.number, found);
    else faults.push(itemFault(item.number, requests[item.number - 1] ?? { amount: '' }, found));
  });
  const items = command.items.flatMap(({ number }) => resolved.get(number) ?? []);
  return { ...read, faults, places, command: { ...command, items } };
}

interface Wished {
  readonly organizationId: Uuid;
  readonly item: NewPayoutItem;
  readonly wish: OutsideWish;
  readonly places: ReadonlyMap<Uuid, SealedAccount>;
}

async function resolveItem(
  ways: WaysOutside,
  catalog: Catalog,
  { organizationId, item, wish, places }: Wished,
): Promise<NewPayoutItem | FailureView> {
  const { externalAccountId: destinationExternalAccountId, speed } = wish;
  let { rail } = wish;
  if (destinationExternalAccountId !== null) {
    const place = places.get(destinationExternalAccountId);
    if (place === undefined) return notFoundPlace(formatId('xac', destinationExternalAccountId));
    if (place.type === 'CHAIN_ADDRESS') return resolveAddress(ways, item, wish, place);
    const chosen = chooseRail(place, rail);
    if (typeof chosen !== 'string')
      return { ...invalidInput('rail', rail, chosen.message), code: chosen.code };
    rail = chosen;
  }
  const field = wish.details === null ? 'destinationExternalAccountId' : 'destinationBankAccount';
  const bank = requireBank(ways, field);
  if (!isConnected(bank)) return bank;
  const adapter = adapterFor(bank, present(rail, 'the rail'), organizationId, 'rail');
  if (typeof adapter !== 'string') return adapter;
  const taken = takenAt(catalog, { rail: present(rail, 'the rail'), speed, amountMinor: item.amountMinor });
  if ('kind' in taken && taken.kind === 'NO_SUCH_SPEED') {
    return invalidInput('speed', speed, `one of ${taken.offered.join(', ')} on ${rail}`);
  }
  if ('kind' in taken && taken.kind === 'AMOUNT') {
    const expected = `${taken.amountMinorMin} to ${taken.amountMinorMax} minor units on ${rail} (${taken.speed})`;
    return { ...invalidInput('amount', String(item.amountMinor), expected), code: 'AMOUNT_OUTSIDE_RAIL' };
  }
  return { ...item, destinationExternalAccountId, rail };
}

async function resolveAddress(
  ways: WaysOutside,
  item: NewPayoutItem,
  { rail, speed, reference, returnPolicy }: OutsideWish,
  place: SealedAccount,
): Promise<NewPayoutItem | FailureView> {
  const needless = rail ?? speed ?? reference;
  if (needless !== null) return invalidInput('rail', needless, 'nothing to an address on a chain');
  if (returnPolicy) return invalidInput('returnPolicy', '(given)', 'nothing to an address on a chain');
  const opened = await openAddress(ways, place);
  if ('__typename' in opened) return opened;
  return {
    ...item,
    destinationExternalAccountId: place.id,
    destinationAddress: opened.address.toLowerCase(),
  };
}

/**
 * Seals what goes to banks for the orders that paying will make. Asks the vault: not within a tx. Safe to retry.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened
 */
export async function sealItems(
  ways: WaysOutside,
  batch: ResolvedBatch,
): Promise<ReadPayoutBatch['command']> {
  const { command, wishes, places } = batch;
  if (wishes.size === 0) return command;
  const sealed = new Map<number, NewPayoutItem>();
  await inParallel(command.items, SEALS_MAX, async (item) => {
    const wish = wishes.get(item.number);
    const { rail } = item;
    if (wish === undefined || rail === null) return;
    const bank = requireBank(ways, 'destinationExternalAccountId');
    if (!isConnected(bank)) throw new TypeError('a bank was there a moment ago');
    const { externalAccountId, details, speed, reference, returnPolicy } = wish;
    const forOrder =
      details === null
        ? await sealPlace(
            bank,
            present(externalAccountId === null ? null : places.get(externalAccountId), 'a place'),
            rail,
            item.id,
          )
        : await sealForOrder(bank, command.organizationId, details, item.id);
    const { accountMask, counterparty } = forOrder;
    const adapter = adapterFor(bank, rail, command.organizationId, 'rail');
    if (typeof adapter !== 'string') throw new TypeError('a bank took the rail a moment ago');
    const declared = returnPolicy === undefined ? {} : { returnPolicy };
    const payout = { adapter, speed, accountMask, counterparty, reference, ...declared };
    sealed.set(item.number, { ...item, payout, sealed: forOrder.sealed });
  });
  return { ...command, items: command.items.map((item) => sealed.get(item.number) ?? item) };
}
