import { present } from '../../../platform/invariant.ts';
import type { MoneyView } from '../../../platform/scalars.ts';
import { confirmationsFor, type FinalityStep } from '../../../rails/onchain/finality.ts';
import type { ChainTransactionRow } from '../../../rails/onchain/reads/chainTransaction.ts';
import type { ConnectedNetwork } from '../../../rails/onchain/reads/networks.ts';
import type { Catalogue } from './catalogue.ts';

/** Largest Int of GraphQL; a count of confirmations beyond it says no more. */
const INT_MAX = 2n ** 31n - 1n;
const SECOND_MS = 1_000;

/** @throws {InvariantError} for an Asset that the catalogue does not have: a Network is configured with those it has. */
export function moneyOf(catalogue: Catalogue, asset: string, amountMinor: bigint): MoneyView {
  return { amountMinor, asset: present(catalogue.assets.get(asset), `asset ${asset}`) };
}

/** A page of a block explorer; null without one. */
export function explorerUrlOf(network: ConnectedNetwork | null, hash: string | null): string | null {
  return network?.explorerUrl == null || hash === null ? null : `${network.explorerUrl}/tx/${hash}`;
}

/** Blocks from the inclusion on, its own counted; null while it is in none or the chain was not seen yet. */
export function confirmationsOf(
  { blockNumber }: ChainTransactionRow,
  network: ConnectedNetwork | null,
): number | null {
  if (blockNumber === null || network?.headNumber == null) return null;
  // The follower stores a block before it stores that it is the newest.
  const confirmations = network.headNumber < blockNumber ? 1n : network.headNumber - blockNumber + 1n;
  return countOf(confirmations < INT_MAX ? confirmations : INT_MAX);
}

/** What all that it moves asks for, as the follower decides. */
export function confirmationsWanted(
  { amountMinorTotal }: ChainTransactionRow,
  network: ConnectedNetwork | null,
): number | null {
  return network && wantedFor(amountMinorTotal ?? 0n, network.finalitySteps);
}

/** Until a send that the next block takes is final, as far behind as the chain finalizes now; null where it never did. */
export function secondsUntilFinal(network: ConnectedNetwork, amountMinor: bigint): number | null {
  const { headNumber, finalizedNumber, blockTimeMs, finalitySteps } = network;
  if (headNumber === null || finalizedNumber === null) return null;
  const lag = headNumber > finalizedNumber ? headNumber - finalizedNumber : 0n;
  const blocks =
    Math.max(wantedFor(amountMinor, finalitySteps) ?? 0, countOf(lag < INT_MAX ? lag : INT_MAX)) + 1;
  return Math.ceil((blocks * blockTimeMs) / SECOND_MS);
}

function wantedFor(amountMinor: bigint, steps: readonly FinalityStep[]): number | null {
  if (!steps.some(({ belowMinor }) => belowMinor === null)) return null;
  return confirmationsFor(amountMinor, { steps, agreementsMin: 0, finalizedAgeMaxMs: 0 });
}

/** A small whole number, of which no digit is lost. */
function countOf(blocks: bigint): number {
  return Number.parseInt(blocks.toString(), 10);
}
