import type { BroadcastOutcome } from './chainReader.ts';
import type { RpcError } from './endpointFault.ts';

/**
 * What nodes say to a signed transaction, the first that fits. Wordings of geth (and bor, op-geth and others made of it),
 * erigon, nethermind, besu, reth and anvil; what is not among them is UNKNOWN, as it may be in a pool all the same.
 */
const WORDINGS: readonly (readonly [BroadcastOutcome, RegExp])[] = [
  [
    'ACCEPTED',
    /existing tx with same hash|already (known|imported|exists|in (the )?(mem)?pool)|AlreadyKnown|known transaction|TRANSACTION_ALREADY_KNOWN|ALREADY_EXISTS/i,
  ],
  [
    'NONCE_USED',
    /nonce (is )?too low|NONCE_TOO_LOW|OldNonce|nonce .{0,99}(below|lower than|less than|already (been )?used)|invalid transaction nonce/i,
  ],
  // It fits on no pool of now and may on one of later.
  [
    'UNKNOWN',
    /nonce too high|nonce .{0,99}(gap|too (distant|far))|NonceGap|NONCE_TOO_FAR|future transaction tries to replace|(tx|transaction) ?pool (is )?(full|overflow|limit)|account limit|too many transactions|in-flight transaction limit/i,
  ],
  [
    'UNDERPRICED',
    /underpriced|could not replace existing|fee too low|FeeTooLow|ReplacementNotAllowed|insufficient (gas price|fee) to replace|max fee per gas (is )?less than block base fee|(gas price|gas tip cap|fee ?cap|tip).{0,99} (below|less than|too low|under).{0,99}(minimum|base ?fee|configured|pool|required)|GAS_PRICE_(TOO_LOW|BELOW)|GAS_PRICE_MUST_BE_ABOVE/i,
  ],
  [
    'INSUFFICIENT_FUNDS',
    /insufficient (funds|balance)|InsufficientFunds|UPFRONT_COST_EXCEEDS_BALANCE|upfront cost exceeds|overshot|(exceeds|not enough) .{0,99}balance|not enough (funds|cash)/i,
  ],
  [
    'INVALID',
    /intrinsic gas|gas (limit )?(too low|too high|required exceeds|limit (is )?(reached|exceed))|GasLimitExceeded|exceeds (block|the|allowed|maximum)? ?(block |tx |transaction )?gas limit|EXCEEDS_BLOCK_GAS_LIMIT|INTRINSIC_GAS|out of gas|exceeds the configured cap|TX_FEECAP_EXCEEDED|invalid (sender|signature|chain ?id|rlp|transaction|raw)|chain ?id|WRONG_CHAIN|only replay-protected|oversized|rlp:|failed to decode|(type|typed) .{0,99}(not supported|unsupported)|unsupported .{0,99}type|priority fee .{0,99}(higher|greater|exceeds)|tip .{0,99}(higher|above) than|max ?initcode|nonce .{0,99}max|floor data gas|sender not an eoa|input string too short|MALFORMED/i,
  ],
];

export function outcomeOf({ message }: Pick<RpcError, 'message'>): BroadcastOutcome {
  return WORDINGS.find(([, wording]) => wording.test(message))?.[0] ?? 'UNKNOWN';
}

/**
 * The best first. That one node calls it INVALID says little while another may have taken it without an answer to us, so
 * UNKNOWN goes before.
 */
const BEST: readonly BroadcastOutcome[] = [
  'ACCEPTED',
  'NONCE_USED',
  'UNDERPRICED',
  'INSUFFICIENT_FUNDS',
  'UNKNOWN',
  'INVALID',
];

/** What holds when several endpoints were handed the same bytes. */
export function bestOutcome(outcomes: readonly BroadcastOutcome[]): BroadcastOutcome {
  return BEST.find((outcome) => outcomes.includes(outcome)) ?? 'UNKNOWN';
}
