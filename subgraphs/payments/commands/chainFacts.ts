import { ensureSystemAccounts, type SystemAccount } from '../../../ledger/open.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { findInsideAddresses, findSendingWallets, type SendingWallet } from '../../../rails/onchain/sends.ts';
import { type ChainIds, type ChainRows, lockChainRows } from '../../../rails/onchain/settlements.ts';
import { type ChainFacts, systemKey } from '../domain/chain.ts';
import { isSend, type PaymentsCommand, type SendCommand } from '../domain/command.ts';
import { readOnchainLegs } from '../store/onchainLegs.ts';

const NO_ROWS: ChainRows = { fees: new Map(), sends: new Map(), deposits: new Map() };

/** Rows that commands act on. A cancellation may be of a send: only the row itself can tell. */
function chainIdsOf(commands: readonly PaymentsCommand[]): ChainIds | null {
  const [feeIds, sendIds, depositIds]: [Uuid[], Uuid[], Uuid[]] = [[], [], []];
  for (const command of commands) {
    switch (command.operation) {
      case 'settleFee':
        feeIds.push(command.chainTransactionId);
        break;
      case 'settleSend':
      case 'cancelTransaction':
      case 'accelerateTransaction':
        sendIds.push(command.transactionId);
        break;
      case 'settleDeposit':
      case 'assignDeposit':
        depositIds.push(command.depositId);
        break;
    }
  }
  const count = feeIds.length + sendIds.length + depositIds.length;
  return count === 0 ? null : { feeIds, sendIds, depositIds };
}

/** Locks what commands act on in the chain's schema, which comes before Transactions. Asks nothing where nothing does. */
export function lockChain(tx: Tx, commands: readonly PaymentsCommand[]): Promise<ChainRows> | ChainRows {
  const ids = chainIdsOf(commands);
  return ids === null ? NO_ROWS : lockChainRows(tx, ids);
}

/**
 * What else deciding about chains needs, before Accounts are locked: the accounts that stand for Networks, made where
 * they are missing, the Wallets that send, who the recipients are. Undefined, without a question, for a batch that
 * stays in our own books.
 */
export async function readChain(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  rows: ChainRows,
): Promise<ChainFacts | undefined> {
  const sends = commands.filter(isSend);
  const legIds = legIdsOf(commands, rows);
  if (sends.length === 0 && legIds.length === 0 && rows === NO_ROWS) return undefined;
  const [wallets, inside, legs] = await Promise.all([
    sends.length === 0 ? new Map() : findSendingWallets(tx, [...new Set(sends.map(sourceIdOf))]),
    sends.length === 0 ? [] : findInsideAddresses(tx, [...new Set(sends.map(({ toAddress }) => toAddress))]),
    readOnchainLegs(tx, legIds),
  ]);
  const wanted = systemAccountsOf(sends, wallets, rows);
  const ids = await ensureSystemAccounts(tx, wanted);
  const systemAccounts = new Map(
    wanted.map((account, index) => [systemKey(account), present(ids[index], 'a system account')]),
  );
  return { ...rows, wallets, inside, legs, systemAccounts };
}

function sourceIdOf({ source }: SendCommand): Uuid {
  return source.accountId;
}

function legIdsOf(commands: readonly PaymentsCommand[], { deposits }: ChainRows): readonly Uuid[] {
  return commands.flatMap((command) => {
    if (command.operation === 'settleSend') return [command.transactionId];
    if (command.operation !== 'settleDeposit') return [];
    return deposits.get(command.depositId)?.transactionId ?? [];
  });
}

/** Each once, of the organizations of those who are locked or who send from a Wallet of their own. */
function systemAccountsOf(
  sends: readonly SendCommand[],
  wallets: ReadonlyMap<Uuid, SendingWallet>,
  { deposits, fees }: ChainRows,
): readonly SystemAccount[] {
  const wanted = new Map<string, SystemAccount>();
  const want = (account: SystemAccount) => wanted.set(systemKey(account), account);
  for (const { source, organizationId } of sends) {
    const wallet = wallets.get(source.accountId);
    if (wallet?.organizationId !== organizationId) continue;
    want({ organizationId, kind: 'OMNIBUS', asset: wallet.asset, place: wallet.network });
  }
  for (const { organizationId, asset, network, credits, accountIsClosed, isRefused } of deposits.values()) {
    want({ organizationId, kind: 'OMNIBUS', asset, place: network });
    if (credits === 'GAS') want({ organizationId, kind: 'FEES', asset, place: network });
    if (credits === 'SUSPENSE' || accountIsClosed || isRefused)
      want({ organizationId, kind: 'SUSPENSE', asset });
  }
  for (const { organizationId, nativeAsset: asset, network } of fees.values()) {
    want({ organizationId, kind: 'FEES', asset, place: network });
    want({ organizationId, kind: 'OMNIBUS', asset, place: network });
  }
  return [...wanted.values()];
}

/** Accounts that the chain's part of a batch posts to; those of locked Transactions not among them. */
export function chainAccountIds(chain: ChainFacts): readonly Uuid[] {
  const credited = [...chain.deposits.values()].flatMap(({ accountId }) => accountId ?? []);
  return [...chain.systemAccounts.values(), ...credited];
}
