import { ensureSystemAccounts, type SystemAccount } from '../../../ledger/open.ts';
import { type LedgerIds, preferIndexes } from '../../../ledger/state.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { assetOfRail } from '../../../rails/bank/catalog/bankRails.ts';
import { type CustodyAsked, findCustody, findInsideAddresses } from '../../../rails/onchain/sends.ts';
import { systemKey } from '../domain/chain.ts';
import type { PaymentsCommand } from '../domain/command.ts';
import { accountsOf, type Quote } from '../domain/quote.ts';
import { type CreateQuoteCommand, isToAccount, isToAddress, isToParty } from '../domain/quoteCommand.ts';
import { custodyKey, NO_QUOTES, type QuoteBatch, type QuoteFacts } from '../domain/quoteFacts.ts';
import type { OwnedId } from '../store/lockTransactions.ts';
import { insertQuotes } from '../store/quotes/insertQuotes.ts';
import { lockQuotes } from '../store/quotes/lockQuotes.ts';
import { readPlatformFees, writePlatformFees } from '../store/quotes/platformFees.ts';
import { updateQuotes } from '../store/quotes/updateQuotes.ts';

/**
 * Locks the Quotes that commands act on, and reads what pricing new ones needs: fees, the accounts that stand for
 * conversions and Networks, made where they are missing, who is at an address. Asks nothing where no command has to do
 * with Quotes. After Transactions and before Accounts.
 */
export async function readQuotes(tx: Tx, commands: readonly PaymentsCommand[]): Promise<QuoteFacts> {
  const locked = new Map<Uuid, OwnedId>();
  const created: CreateQuoteCommand[] = [];
  for (const command of commands) {
    if (command.operation === 'createQuote') created.push(command);
    if (command.operation !== 'acceptQuote' && command.operation !== 'expireQuote') continue;
    const { organizationId, quoteId: id } = command;
    locked.set(id, { organizationId, id });
  }
  if (locked.size === 0 && created.length === 0) return NO_QUOTES;
  const asked = custodyAsked(created);
  const wanted = systemAccountsOf(created);
  // Sent together: the server runs one after the other, and we wait once.
  const [, quotes, platformFees, custody, inside, ids] = await Promise.all([
    preferIndexes(tx),
    lockQuotes(tx, [...locked.values()]),
    readPlatformFees(
      tx,
      created.map(({ organizationId, sourceAsset: asset }) => ({ organizationId, asset })),
    ),
    asked.length === 0 ? [] : findCustody(tx, asked),
    asked.length === 0 ? [] : findInsideAddresses(tx, created.flatMap(addressOf)),
    ensureSystemAccounts(tx, wanted),
  ]);
  return {
    quotes,
    platformFees,
    custody: new Map(
      custody.map((one) => [custodyKey(one.organizationId, one.network, one.asset), one.address]),
    ),
    inside,
    systemAccounts: new Map(
      wanted.map((account, index) => [systemKey(account), present(ids[index], 'a system account')]),
    ),
  };
}

function addressOf({ destination }: CreateQuoteCommand): readonly string[] {
  return isToAddress(destination) ? [destination.toAddress] : [];
}

function custodyAsked(created: readonly CreateQuoteCommand[]): readonly CustodyAsked[] {
  return created.flatMap(({ organizationId, destination, destinationAsset: asset }) =>
    isToAddress(destination) ? [{ organizationId, network: destination.network, asset }] : [],
  );
}

/** Each once. Those of Networks only where the Network's gas is known, which says that there is such a Network. */
function systemAccountsOf(created: readonly CreateQuoteCommand[]): readonly SystemAccount[] {
  const wanted = new Map<string, SystemAccount>();
  const want = (account: SystemAccount) => wanted.set(systemKey(account), account);
  for (const { organizationId, sourceAsset, destinationAsset, destination, gas } of created) {
    want({ organizationId, kind: 'FEES', asset: sourceAsset });
    if (sourceAsset !== destinationAsset) {
      want({ organizationId, kind: 'CONVERSION', asset: sourceAsset });
      want({ organizationId, kind: 'CONVERSION', asset: destinationAsset });
    }
    if (isToAccount(destination)) {
      const { rail: place } = destination;
      want({ organizationId, kind: 'CLEARING', asset: assetOfRail(place), place });
    }
    if (!isToAddress(destination) || gas === null) continue;
    want({ organizationId, kind: 'FEES', asset: destinationAsset });
    want({ organizationId, kind: 'OMNIBUS', asset: destinationAsset, place: destination.network });
  }
  return [...wanted.values()];
}

/** Accounts that deciding about Quotes needs, some of them more than once. */
export function quoteAccountIds(
  commands: readonly PaymentsCommand[],
  facts: QuoteFacts,
): LedgerIds['accountIds'] {
  const asked = commands.flatMap((command) => {
    if (command.operation !== 'createQuote') return [];
    const { source, destination, developerFees } = command;
    const parties = [source, ...developerFees.map(({ recipient }) => recipient)];
    if (isToParty(destination)) parties.push(destination);
    return parties.map(({ accountId }) => accountId);
  });
  return [...asked, ...[...facts.quotes.values()].flatMap(accountsOf)];
}

/** Writes the part of a batch that is about Quotes, after its Transactions. Retry only with the whole tx. */
export async function writeQuotes(tx: Tx, batch: QuoteBatch): Promise<void> {
  const now = (id: Uuid): Quote => present(batch.quotes.get(id), `quote ${id}`);
  await Promise.all([
    insertQuotes(tx, [...batch.created].map(now)),
    updateQuotes(tx, [...batch.changed].map(now)),
    writePlatformFees(
      tx,
      [...batch.changedFees].map((key) => present(batch.platformFees.get(key), `fee ${key}`)),
    ),
  ]);
}
