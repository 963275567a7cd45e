import type { Logger } from '../../platform/log.ts';
import type { Operation } from '../operation/operation.ts';
import { OPERATION_NAME_LENGTH_MAX } from './operationNames.ts';
import type { RequestRecord } from './record.ts';

export interface AccessEntry {
  readonly record: RequestRecord;
  /** Null when the request was refused before it was known to be one. */
  readonly operation: Operation | null;
  readonly status: number;
  readonly codes: readonly string[];
  readonly ms: number;
  readonly cost: Readonly<Record<string, unknown>> | undefined;
}

/** Of slow and failed requests in one second: when everything fails, some lines say so as well as all. */
export const LINES_PER_SECOND_MAX = 50;
const HASH_LENGTH = 16;

/** Faults of ours; what a client did wrong is no line in our log. */
const FAULT_CODES: ReadonlySet<string> = new Set(['INTERNAL_SERVER_ERROR', 'UNAVAILABLE', 'OVERLOADED']);

/**
 * One line for each request: at `debug`, or at `warn` when it was slow or failed by a fault of ours. It never holds
 * variables, arguments, the text of the operation, tokens or who asked.
 */
export class AccessLog {
  readonly #logger: Logger;
  readonly #slowMs: number;
  #second = 0;
  #lines = 0;
  #left = 0;

  constructor(logger: Logger, slowMs: number) {
    this.#logger = logger;
    this.#slowMs = slowMs;
  }

  write(entry: AccessEntry): void {
    const isFailed = entry.status >= 500 || entry.codes.some((code) => FAULT_CODES.has(code));
    const isSlow = entry.ms >= this.#slowMs;
    if (!isFailed && !isSlow) {
      if (this.#logger.isLevelEnabled('debug')) this.#logger.debug(lineOf(entry), 'request');
      return;
    }
    if (!this.#hasRoom()) return;
    const left = this.#left;
    this.#left = 0;
    const line = left === 0 ? lineOf(entry) : { ...lineOf(entry), linesLeftOut: left };
    this.#logger.warn(line, isFailed ? 'a request failed' : 'a request was slow');
  }

  #hasRoom(): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
    }
    if (this.#lines < LINES_PER_SECOND_MAX) {
      this.#lines++;
      return true;
    }
    this.#left++;
    return false;
  }
}

function lineOf({ record, operation, status, codes, ms, cost }: AccessEntry): object {
  const { span } = record;
  const subgraphs = [...record.subgraphs].map(([name, time]): [string, object] => [
    name,
    { fetches: time.fetches, ms: rounded(time.ms) },
  ]);
  return {
    requestId: record.requestId,
    arrival: record.arrival,
    ...(operation === null
      ? {}
      : {
          operation: operation.name?.slice(0, OPERATION_NAME_LENGTH_MAX),
          hash: operation.hash.slice(0, HASH_LENGTH),
          kind: operation.kind,
        }),
    status,
    ...(codes.length === 0 ? {} : { codes }),
    ms: rounded(ms),
    ...(subgraphs.length === 0 ? {} : { subgraphs: Object.fromEntries(subgraphs) }),
    ...(cost === undefined ? {} : { cost }),
    ...(span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }),
  };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
