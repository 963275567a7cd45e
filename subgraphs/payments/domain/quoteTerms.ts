import type { LedgerAccount } from '../../../ledger/account.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { parseAmount } from '../../../platform/money.ts';
import type { Batch } from './batch.ts';
import { systemKey } from './chain.ts';
import { findParty } from './decideCreate.ts';
import { type FeeTerm, SHARE_MAX } from './pricing.ts';
import type { AskedFee, CreateQuoteCommand } from './quoteCommand.ts';
import { feeKey, quoteAccount } from './quoteFacts.ts';
import { rateUnavailable } from './quoteResults.ts';
import { RATE_ONE, tenTo } from './rate.ts';
import { closedAccount, invalid, mismatched, missing } from './results.ts';

/** The platform's fee and those of developers; a developer's is taken on the side whose Asset its recipient counts. */
export function readTerms(
  batch: Batch,
  command: CreateQuoteCommand,
  source: LedgerAccount,
  destinationId: Uuid,
): { readonly terms: readonly FeeTerm[] } | StoredResult {
  const terms: FeeTerm[] = [];
  const platform = batch.quote.platformFees.get(feeKey(command.organizationId, command.sourceAsset));
  if (platform && (platform.flatMinor > 0n || platform.partsPerMillion > 0n)) {
    const { flatMinor, partsPerMillion } = platform;
    const accountId = feesAccount(batch, command, command.sourceAsset);
    terms.push({ kind: 'PLATFORM', side: 'SOURCE', flatMinor, partsPerMillion, accountId });
  }
  for (const [index, asked] of command.developerFees.entries()) {
    const term = readTerm(batch, command, asked, index);
    if (!('accountId' in term) || 'type' in term) return term as StoredResult;
    if (term.accountId === source.id || term.accountId === destinationId) {
      const expected = 'another account than the source and the destination';
      return invalid(`developerFees.${index}.recipientId`, asked.recipient.id, expected);
    }
    terms.push(term);
  }
  for (const side of ['SOURCE', 'DESTINATION'] as const) {
    const share = terms.reduce((sum, term) => (term.side === side ? sum + term.partsPerMillion : sum), 0n);
    if (share > SHARE_MAX)
      return invalid('developerFees', null, 'at most 90 percent of a side, all fees together');
  }
  return { terms };
}

function readTerm(
  batch: Batch,
  command: CreateQuoteCommand,
  { recipient, flat, partsPerMillion }: AskedFee,
  index: number,
): FeeTerm | StoredResult {
  const account = findParty(batch, command.organizationId, recipient);
  if (!account) return missing(recipient.id);
  if (account.closedAt !== null) return closedAccount(account.id);
  const side =
    account.asset === command.sourceAsset
      ? 'SOURCE'
      : account.asset === command.destinationAsset
        ? 'DESTINATION'
        : null;
  if (side === null) return mismatched(account.asset, command.sourceAsset);
  let flatMinor = 0n;
  if (flat !== null) {
    const parsed = parseAmount(flat, present(batch.assets.get(account.asset), `asset ${account.asset}`));
    if ('fault' in parsed) return invalid(`developerFees.${index}.flat`, flat, parsed.expected);
    flatMinor = parsed.amountMinor;
  }
  return { kind: 'DEVELOPER', side, flatMinor, partsPerMillion, accountId: account.id };
}

/**
 * What a send's gas is charged at: the estimate in the destination Asset, rounded up. Null for what stays in our books,
 * and where the organization sponsors it: then what it has paid ahead for gas bears the cost, as ever.
 */
export function gasTerm(batch: Batch, command: CreateQuoteCommand): FeeTerm | StoredResult | null {
  const { gas, sponsorGas, destinationAsset } = command;
  if (gas === null || sponsorGas || gas.amountMinor === 0n) return null;
  if ('fault' in gas.rate) return rateUnavailable(gas.asset, destinationAsset, gas.rate.fault);
  const from = present(batch.assets.get(gas.asset), `asset ${gas.asset}`);
  const to = present(batch.assets.get(destinationAsset), `asset ${destinationAsset}`);
  const divisor = tenTo(from.scale) * RATE_ONE;
  const flatMinor = (gas.amountMinor * gas.rate.e18 * tenTo(to.scale) + divisor - 1n) / divisor;
  const accountId = feesAccount(batch, command, destinationAsset);
  return { kind: 'GAS', side: 'DESTINATION', flatMinor, partsPerMillion: 0n, accountId };
}

export function isTerm(value: FeeTerm | StoredResult): value is FeeTerm {
  return 'partsPerMillion' in value && 'side' in value;
}

function feesAccount(batch: Batch, { organizationId }: CreateQuoteCommand, asset: string): Uuid {
  return quoteAccount(batch.quote, systemKey({ organizationId, kind: 'FEES', asset }));
}
