import type { Hex } from 'viem';

/** What the endpoint does wrong. Shares are from 0 to 1, drawn for each request or item from the proxy's own random. */
export interface RpcFaults {
  /** It serves as if the newest blocks were not there: tags, numbers, hashes, logs and receipts. Sends go through. */
  readonly lagBlocks: number;
  /** Share of requests that hang until `heal` or `close`. */
  readonly hang: number;
  /** Share of requests whose connection is reset: before the node sees it, or after it did and the answer is lost. */
  readonly reset: number;
  /** Share of requests answered with a status 5xx. */
  readonly serverError: number;
  /** Share of calls whose answer is missing: left out of a batch; alone, an object without a result. */
  readonly missing: number;
  /** Share of requests answered with something that is no JSON. */
  readonly garbage: number;
  /** Every log of an answer comes twice. */
  readonly duplicateLogs: boolean;
  /** Share of logs that are left out, in eth_getLogs and in receipts' logs alike unless `receiptsAreTrue`. */
  readonly omitLogs: number;
  /** Logs are complete in receipts: an index that is behind, and no lie. */
  readonly receiptsAreTrue: boolean;
  /** Another hash for the finalized block, under the tag and under its number. */
  readonly finalizedHash: Hex | null;
  /** Receipts that were seen once are told for ever, also after a re-org. */
  readonly staleReceipts: boolean;
  /** eth_getLogs says -32005, "query returned more than 10000 results". */
  readonly tooLarge: boolean;
  /** As real nodes do and anvil does not: a replacement that does not raise both fees by 10 % is refused. */
  readonly replacementRule: boolean;
}

export const NO_RPC_FAULTS: RpcFaults = {
  lagBlocks: 0,
  hang: 0,
  reset: 0,
  serverError: 0,
  missing: 0,
  garbage: 0,
  duplicateLogs: false,
  omitLogs: 0,
  receiptsAreTrue: false,
  finalizedHash: null,
  staleReceipts: false,
  tooLarge: false,
  replacementRule: false,
};
