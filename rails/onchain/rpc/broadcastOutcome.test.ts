import { bestOutcome, outcomeOf } from './broadcastOutcome.ts';
import type { BroadcastOutcome } from './chainReader.ts';

/** As nodes and providers were seen to say it. */
test.each<[string, BroadcastOutcome]>([
  // geth, and bor, op-geth and others that are made of it
  ['already known', 'ACCEPTED'],
  ['nonce too low: next nonce 82, tx nonce 81', 'NONCE_USED'],
  ['nonce too low', 'NONCE_USED'],
  ['nonce too high', 'UNKNOWN'],
  ['replacement transaction underpriced', 'UNDERPRICED'],
  ['transaction underpriced: gas tip cap 1, minimum needed 25000000000', 'UNDERPRICED'],
  [
    'insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000',
    'INSUFFICIENT_FUNDS',
  ],
  ['future transaction tries to replace pending', 'UNKNOWN'],
  ['txpool is full', 'UNKNOWN'],
  ['account limit exceeded: pooled 16 txs', 'UNKNOWN'],
  ['in-flight transaction limit reached for delegated accounts', 'UNKNOWN'],
  ['intrinsic gas too low: gas 100, minimum needed 21000', 'INVALID'],
  ['exceeds block gas limit', 'INVALID'],
  ['tx fee (2.10 ether) exceeds the configured cap (1.00 ether)', 'INVALID'],
  ['invalid sender', 'INVALID'],
  ['invalid chain id for signer: have 1 want 137', 'INVALID'],
  ['only replay-protected (EIP-155) transactions allowed over RPC', 'INVALID'],
  ['oversized data: transaction size 131073, limit 131072', 'INVALID'],
  ['rlp: expected input list for types.LegacyTx', 'INVALID'],
  ['transaction type not supported', 'INVALID'],
  ['max priority fee per gas higher than max fee per gas', 'INVALID'],
  // erigon
  ['INTERNAL_ERROR: could not replace existing tx', 'UNDERPRICED'],
  ['INTERNAL_ERROR: existing tx with same hash', 'ACCEPTED'],
  ['INTERNAL_ERROR: nonce too low', 'NONCE_USED'],
  ['fee too low', 'UNDERPRICED'],
  // nethermind
  ['AlreadyKnown', 'ACCEPTED'],
  ['OldNonce, Current nonce: 5, nonce of rejected tx: 4', 'NONCE_USED'],
  ['FeeTooLowToCompete', 'UNDERPRICED'],
  ['ReplacementNotAllowed', 'UNDERPRICED'],
  ['InsufficientFunds, Account balance: 0', 'INSUFFICIENT_FUNDS'],
  // besu
  ['Known transaction', 'ACCEPTED'],
  ['Nonce too low', 'NONCE_USED'],
  ['Replacement transaction underpriced', 'UNDERPRICED'],
  ['Upfront cost exceeds account balance', 'INSUFFICIENT_FUNDS'],
  ['Intrinsic gas exceeds gas limit', 'INVALID'],
  ['Transaction nonce is too distant from current sender nonce', 'UNKNOWN'],
  // anvil and reth
  ['transaction already imported', 'ACCEPTED'],
  ['max fee per gas less than block base fee', 'UNDERPRICED'],
  ['Insufficient funds for gas * price + value', 'INSUFFICIENT_FUNDS'],
  ['insufficient gas price to replace existing transaction', 'UNDERPRICED'],
  ['Failed to decode transaction', 'INVALID'],
  // providers, of themselves
  ['Your app has exceeded its compute units per second capacity', 'UNKNOWN'],
  ['internal error', 'UNKNOWN'],
  ['', 'UNKNOWN'],
])('"%s" is %s', (message, outcome) => {
  expect(outcomeOf({ message })).toBe(outcome);
});

test('of several answers the one counts that says most, and none is INVALID while another may have taken it', () => {
  expect(bestOutcome(['INVALID', 'UNKNOWN', 'ACCEPTED'])).toBe('ACCEPTED');
  expect(bestOutcome(['INVALID', 'UNKNOWN'])).toBe('UNKNOWN');
  expect(bestOutcome(['UNDERPRICED', 'NONCE_USED'])).toBe('NONCE_USED');
  expect(bestOutcome(['INVALID', 'INVALID'])).toBe('INVALID');
  expect(bestOutcome([])).toBe('UNKNOWN');
});
