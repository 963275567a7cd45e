import type { Address, Hex } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import type { NetworkAsset, NetworkConfig } from '../network.ts';
import type { BlockTransaction, ChainLog, FullBlock } from '../rpc/chainReader.ts';
import type { Addresses, OwnAddress } from './addressBook.ts';

/** keccak256 of `Transfer(address,address,uint256)`. */
export const TRANSFER_TOPIC: Hex = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
/** What `numeric(38, 0)` holds. */
const AMOUNT_MAX = 10n ** 38n - 1n;
/** The coin has no log; a transaction moves it once. */
export const COIN_LOG_INDEX = -1;

export interface Deposit {
  readonly transactionHash: Hex;
  readonly logIndex: number;
  readonly organizationId: Uuid;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly from: Address;
  readonly to: Address;
  readonly credits: 'WALLET' | 'SUSPENSE' | 'GAS';
  /** A Wallet has the id of its Account. */
  readonly accountId: Uuid | null;
}

export type IgnoredReason = 'UNKNOWN_TOKEN' | 'ZERO_VALUE' | 'TOO_LARGE' | 'REVERTED';

/** What has to be asked of the chain before it is known what arrived. */
export interface Questions {
  /** Transactions that bring the coin to us, if they succeeded. */
  readonly receiptsOf: readonly Hex[];
  /** Addresses of ours at which a token arrived whose events may say more than it delivers. */
  readonly balancesOf: readonly { readonly contract: Address; readonly owner: Address }[];
}

export interface Answers {
  /** Hashes of `receiptsOf` that failed. */
  readonly failed: ReadonlySet<string>;
  /** By `balanceKey`: minor units at the end of the block less those at the end of its parent. */
  readonly gained: ReadonlyMap<string, bigint>;
}

export interface Arrivals {
  readonly deposits: readonly Deposit[];
  readonly ignored: readonly IgnoredReason[];
}

/** A movement to an address of ours, of something on the list. */
interface Movement {
  readonly hash: Hex;
  readonly logIndex: number;
  readonly asset: NetworkAsset | null;
  readonly amountMinor: bigint;
  readonly from: Address;
  readonly to: Address;
}

export function balanceKey(contract: string, owner: string): string {
  return `${lower(contract)} ${lower(owner)}`;
}

/** What `readDeposits` needs to be told of this block. Pure. */
export function questionsOf(
  block: FullBlock,
  logs: readonly ChainLog[],
  book: Addresses,
  config: NetworkConfig,
): Questions {
  const coins = coinMovements(block, book, config).filter(({ amountMinor }) => amountMinor > 0n);
  const inexact = tokenMovements(logs, book, config).movements.flatMap(({ asset, amountMinor, to }) =>
    asset?.contract == null || asset.transfersExactly || amountMinor === 0n
      ? []
      : [{ contract: lower(asset.contract), owner: to }],
  );
  const balances = new Map(inexact.map((one) => [balanceKey(one.contract, one.owner), one]));
  return { receiptsOf: coins.map(({ hash }) => hash), balancesOf: [...balances.values()] };
}

/**
 * What a block brings to addresses of ours. Pure; the same block gives the same answer.
 *
 * From a CUSTODY address go payments, whoever the payee is: what one of them brings to an address of ours is a deposit,
 * as the send has left the books. From a DEPOSIT address go sweeps, which stay within their organization.
 *
 * @param logs of the block, of any contract, in their order
 * @param answers to `questionsOf` of the same block
 */
export function readDeposits(
  block: FullBlock,
  logs: readonly ChainLog[],
  book: Addresses,
  config: NetworkConfig,
  answers: Answers,
): Arrivals {
  const tokens = tokenMovements(logs, book, config);
  const ignored: IgnoredReason[] = [...tokens.ignored];
  const deposits: Deposit[] = [];
  const arrived = arrivedOf(logs, tokens.movements, answers);
  for (const said of [...coinMovements(block, book, config), ...tokens.movements]) {
    const movement = { ...said, amountMinor: arrived.get(said) ?? said.amountMinor };
    const reason = reasonToIgnore(movement, answers);
    if (reason !== null) ignored.push(reason);
    const deposit = reason === null ? depositOf(movement, book, config) : null;
    if (deposit !== null) deposits.push(deposit);
  }
  return { deposits, ignored };
}

function reasonToIgnore({ hash, logIndex, amountMinor }: Movement, answers: Answers): IgnoredReason | null {
  if (amountMinor <= 0n) return 'ZERO_VALUE';
  if (amountMinor > AMOUNT_MAX) return 'TOO_LARGE';
  return logIndex === COIN_LOG_INDEX && answers.failed.has(hash) ? 'REVERTED' : null;
}

function depositOf(movement: Movement, book: Addresses, config: NetworkConfig): Deposit | null {
  const to = book.find(movement.to);
  if (to === undefined || to.organizationId === null) return null;
  const from = book.find(movement.from);
  // The signer moves what is at a DEPOSIT address to CUSTODY of the same organization, and nothing else.
  if (from?.purpose === 'DEPOSIT' && from.organizationId === to.organizationId) return null;
  const asset = movement.asset?.asset ?? config.nativeAsset;
  const credits = creditsOf(movement, from, to, asset);
  return {
    transactionHash: movement.hash,
    logIndex: movement.logIndex,
    organizationId: to.organizationId,
    asset,
    amountMinor: movement.amountMinor,
    from: movement.from,
    to: movement.to,
    credits,
    accountId: credits === 'WALLET' ? to.walletId : null,
  };
}

function creditsOf(
  { logIndex, amountMinor, asset: listed }: Movement,
  from: OwnAddress | undefined,
  to: OwnAddress,
  asset: string,
): Deposit['credits'] {
  const isCoin = logIndex === COIN_LOG_INDEX;
  if (isCoin && (to.purpose === 'CUSTODY' || from?.purpose === 'TANK')) return 'GAS';
  const isWanted = to.purpose === 'DEPOSIT' && to.asset === asset && listed !== null;
  return isWanted && amountMinor >= listed.depositMinimumMinor ? 'WALLET' : 'SUSPENSE';
}

function coinMovements(block: FullBlock, book: Addresses, config: NetworkConfig): readonly Movement[] {
  const coin = config.assets.find(({ contract }) => contract === null) ?? null;
  return block.transactions.flatMap((one: BlockTransaction): readonly Movement[] => {
    const to = one.to === null ? null : lower(one.to);
    if (to === null || book.find(to) === undefined) return [];
    const hash = lower(one.hash);
    // A call of nothing: what our own cancellations are.
    if (one.valueWei === 0n && lower(one.from) === to) return [];
    return [
      {
        hash,
        logIndex: COIN_LOG_INDEX,
        asset: coin,
        amountMinor: one.valueWei,
        from: lower(one.from),
        to,
      },
    ];
  });
}

function tokenMovements(
  logs: readonly ChainLog[],
  book: Addresses,
  config: NetworkConfig,
): { readonly movements: readonly Movement[]; readonly ignored: readonly IgnoredReason[] } {
  const listed = new Map(
    config.assets.flatMap((asset) =>
      asset.contract === null ? [] : [[lower(asset.contract), asset] as const],
    ),
  );
  const movements: Movement[] = [];
  const ignored: IgnoredReason[] = [];
  for (const log of logs) {
    const transfer = readTransfer(log);
    if (transfer === null || book.find(transfer.to) === undefined) continue;
    const asset = listed.get(lower(log.contract));
    if (asset === undefined) ignored.push('UNKNOWN_TOKEN');
    else movements.push({ ...transfer, hash: lower(log.transactionHash), logIndex: log.logIndex, asset });
  }
  return { movements, ignored };
}

/** Null for another event, and for one that is only called so: an ERC-721 names three of its topics. */
function readTransfer({ topics, data }: ChainLog): Pick<Movement, 'from' | 'to' | 'amountMinor'> | null {
  const [topic, from, to] = topics;
  if (topics.length !== 3 || from === undefined || to === undefined) return null;
  if (lower(topic ?? '0x') !== TRANSFER_TOPIC || data.length !== 66) return null;
  return { from: addressIn(from), to: addressIn(to), amountMinor: BigInt(data) };
}

/**
 * Of tokens that may deliver less than their events say: what arrived by the balances, shared out in the order of
 * the logs, and to none more than its event says.
 */
function arrivedOf(
  logs: readonly ChainLog[],
  movements: readonly Movement[],
  { gained }: Answers,
): ReadonlyMap<Movement, bigint> {
  const rest = new Map(gained);
  // What left in the same block has lowered the balance by as much.
  for (const log of gained.size === 0 ? [] : logs) {
    const transfer = readTransfer(log);
    const key = transfer === null ? '' : balanceKey(log.contract, transfer.from);
    const before = rest.get(key);
    if (transfer !== null && before !== undefined) rest.set(key, before + transfer.amountMinor);
  }
  const arrived = new Map<Movement, bigint>();
  for (const movement of movements) {
    if (movement.asset?.contract == null || movement.asset.transfersExactly) continue;
    const key = balanceKey(movement.asset.contract, movement.to);
    // Without an answer nothing is known to have arrived.
    const left = rest.get(key) ?? 0n;
    const amount = left < movement.amountMinor ? left : movement.amountMinor;
    arrived.set(movement, amount < 0n ? 0n : amount);
    rest.set(key, left - amount);
  }
  return arrived;
}

function addressIn(topic: Hex): Address {
  return `0x${lower(topic).slice(26)}`;
}

function lower<T extends string>(text: T): T {
  return text.toLowerCase() as T;
}
