import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { fingerprintOfPlace } from '../externalAccounts/fingerprint.ts';
import { parsePlace } from '../externalAccounts/place.ts';
import {
  VIRTUAL_ACCOUNT_COLUMNS,
  type VirtualAccountRow,
  type VirtualAccountType,
} from './virtualAccount.ts';

/** Bank details as the payer gave them. */
export interface ArrivalPlace {
  readonly type: VirtualAccountType;
  readonly accountNumber: string;
  readonly bankCode: string | null;
}

/** Money that a bank says has arrived, by the details that the payer gave. */
export interface Arrival extends ArrivalPlace {
  readonly asset: string;
}

export type Attribution =
  | { readonly kind: 'CREDIT'; readonly virtualAccount: VirtualAccountRow }
  | {
      readonly kind: 'SUSPENSE';
      readonly reason: 'UNKNOWN' | 'PAUSED' | 'CLOSED' | 'OTHER_ASSET';
      /** Whose it seems to be; null when nobody is known. */
      readonly virtualAccount: VirtualAccountRow | null;
    };

const FIND = statement(
  'bank.find_virtual_account_for',
  `select ${VIRTUAL_ACCOUNT_COLUMNS} from bank.virtual_account where fingerprint = $1`,
);

/**
 * Whom an arrival is for, as of now: a pause that is committed later concerns what arrives later. Role omsx_payments_writer or
 * omsx_bank, of any organization. Safe to retry.
 *
 * @param placeKey of `placeKeyOf`
 */
export async function findVirtualAccountFor(
  tx: Tx,
  placeKey: Buffer,
  arrival: Arrival,
): Promise<Attribution> {
  const { type, accountNumber, bankCode, asset } = arrival;
  const place = parsePlace({ type, accountNumber, bankCode });
  if ('expected' in place) return { kind: 'SUSPENSE', reason: 'UNKNOWN', virtualAccount: null };
  const [virtualAccount] = await tx.rows<VirtualAccountRow>(FIND, [fingerprintOfPlace(placeKey, place)]);
  if (virtualAccount === undefined) return { kind: 'SUSPENSE', reason: 'UNKNOWN', virtualAccount: null };
  if (virtualAccount.status !== 'ACTIVE')
    return { kind: 'SUSPENSE', reason: virtualAccount.status, virtualAccount };
  return virtualAccount.asset === asset
    ? { kind: 'CREDIT', virtualAccount }
    : { kind: 'SUSPENSE', reason: 'OTHER_ASSET', virtualAccount };
}
