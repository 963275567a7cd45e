import { prefixOf } from '../../../../platform/id.ts';
import type { BankAccountDetails } from '../../../../rails/bank/details.ts';
import { CURRENCY_SCALES, decimalOf } from '../../../../rails/bank/iso20022/decimal.ts';
import { type CreditTransfer, NOT_PROVIDED } from '../../../../rails/bank/iso20022/initiation.ts';
import { MessageError } from '../../../../rails/bank/iso20022/messageError.ts';
import { readInitiation } from '../../../../rails/bank/iso20022/readInitiation.ts';
import type { PayoutFault, PayoutItemRequest } from '../../domain/payouts/payoutRequest.ts';
import type { PayoutFile } from './payoutFile.ts';

/** Where a payment has what an item calls otherwise, seen from `CdtTrfTxInf`. */
const ELEMENTS: Readonly<Record<string, string>> = {
  amount: 'Amt/InstdAmt',
  destinationId: 'CdtrAcct/Id',
  destinationBankAccount: 'CdtrAcct/Id',
  description: 'RmtInf/Ustrd',
  externalId: 'PmtId/EndToEndId',
};

/** The systems of clearing codes that name a bank of a rail. */
const RAILS_OF_CLEARING = { USABA: 'ACH', GBDSC: 'FPS' } as const;
const VALUE_LENGTH_MAX = 100;

/**
 * Reads a pain.001.001.09 or .03: structure, counts and control sums are checked exactly, and every payment has to be in
 * the batch's asset. An item is a `CdtTrfTxInf`, in the order of the file; its end-to-end id becomes the externalId.
 */
export function readPayoutInitiation(text: string, asset: string): PayoutFile {
  try {
    const { groups } = readInitiation(Buffer.from(text, 'utf8'));
    const transfers = groups.flatMap((group) => group.transfers);
    const faults = transfers.flatMap(({ currency }, at) =>
      currency === asset
        ? []
        : [faultOf(at + 1, 'Amt/InstdAmt/Ccy', currency, `${asset}, as the batch is in`)],
    );
    return { items: transfers.map(itemOf), faults, columnOf };
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const faults = error.faults.map(({ path, value, expected }) => faultOf(null, path, value, expected));
    return { items: [], faults, columnOf };
  }
}

function itemOf(transfer: CreditTransfer): PayoutItemRequest {
  const { amountMinor, currency, endToEndId, remittance } = transfer;
  return {
    ...destinationOf(transfer),
    amount: decimalOf(amountMinor, currency, CURRENCY_SCALES.get(currency) ?? 0),
    description: remittance,
    externalId: endToEndId === NOT_PROVIDED ? null : endToEndId,
    metadata: [],
  };
}

/** An id of ours where the account's number is one, else the account at a bank. */
function destinationOf(
  transfer: CreditTransfer,
): Pick<PayoutItemRequest, 'destinationId' | 'destinationBankAccount'> {
  const { creditorAccount: account, creditor, creditorAgent } = transfer;
  const accountHolderName = creditor.name;
  if (account.kind === 'IBAN') {
    const details: BankAccountDetails = { rail: 'SEPA', accountHolderName, iban: account.iban };
    return { destinationBankAccount: details };
  }
  if (prefixOf(account.id) !== null) return { destinationId: account.id };
  const { system = '', memberId: routingNumber = '' } = creditorAgent?.clearing ?? {};
  const rail = Object.entries(RAILS_OF_CLEARING).find(([code]) => code === system)?.[1];
  if (rail === undefined) return { destinationId: account.id };
  return { destinationBankAccount: { rail, accountHolderName, routingNumber, accountNumber: account.id } };
}

function columnOf(field: string): string {
  return ELEMENTS[field] ?? field;
}

function faultOf(item: number | null, field: string, value: string | null, expected: string): PayoutFault {
  const shown = value === null ? null : value.slice(0, VALUE_LENGTH_MAX);
  return { item, row: null, field, value: shown, expected, code: 'INVALID_INPUT' };
}
