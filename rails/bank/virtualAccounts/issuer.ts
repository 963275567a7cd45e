import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { clabeCheckDigit } from '../identifiers/clabe.ts';
import { makeIban } from '../identifiers/iban.ts';
import type { VirtualAccountType } from './virtualAccount.ts';

/** Bank details as whoever pays needs them. */
export interface IssuedDetails {
  readonly bankName: string;
  readonly bankCode: string | null;
  readonly accountNumber: string;
}

/** Who gives out bank details: a bank, or a provider in front of one. */
export interface VirtualAccountIssuer {
  /** Stored beside what it gave out. */
  readonly code: string;
  /**
   * Details that nobody else has. Calls outside, so never within a tx.
   *
   * @param request.id ours, by which a provider recognises a second try; details that come of a try that was lost are unused
   */
  issue(request: { readonly id: Uuid; readonly type: VirtualAccountType }): Promise<IssuedDetails>;
}

const NEXT_SERIAL = statement('bank.next_serial', `select nextval('bank.virtual_account_serial') as serial`);

/** A test routing number, a bank code of nobody in a country of long IBANs, and one of nobody in Mexico. */
const ROUTING_NUMBER = '021000021';
const IBAN_COUNTRY = 'MT';
const IBAN_BANK = 'OMSX00000';
const CLABE_BANK = '999180';

/**
 * Numbers in the order in which they are asked for, with check digits that are right, and unique in the deployment. No bank
 * knows them. For the sandbox.
 *
 * @param writer as role omsx_accounts_writer
 */
export function createSandboxIssuer(writer: Database): VirtualAccountIssuer {
  return {
    code: 'SANDBOX',
    async issue({ type }) {
      const [row] = await writer.write((tx) => tx.rows<{ readonly serial: bigint }>(NEXT_SERIAL));
      return sandboxDetails(type, row?.serial ?? 0n);
    },
  };
}

/** The details of the place in the order. Pure. */
export function sandboxDetails(type: VirtualAccountType, serial: bigint): IssuedDetails {
  const bankName = 'Sandbox Bank';
  if (type === 'US_BANK') {
    return { bankName, bankCode: ROUTING_NUMBER, accountNumber: `9${String(serial).padStart(16, '0')}` };
  }
  if (type === 'IBAN') {
    const own = `${IBAN_BANK}${String(serial).padStart(18, '0')}`;
    return { bankName, bankCode: null, accountNumber: makeIban(IBAN_COUNTRY, own) };
  }
  const digits = `${CLABE_BANK}${String(serial).padStart(11, '0')}`;
  return { bankName, bankCode: null, accountNumber: `${digits}${clabeCheckDigit(digits)}` };
}
