import { sleep } from '../../../platform/clock.ts';
import { ChainUnreachableError } from './chainReader.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointFault, type RpcAnswer } from './endpointFault.ts';
import type { RpcCall } from './httpRpc.ts';
import type { RpcLimits } from './limits.ts';

/** The endpoints of one Network, and which of them to ask. */
export class EndpointSet {
  readonly all: readonly Endpoint[];
  readonly #network: string;
  readonly #limits: RpcLimits;
  readonly #closing = new AbortController();

  constructor(network: string, all: readonly Endpoint[], limits: RpcLimits) {
    this.#network = network;
    this.all = all;
    this.#limits = limits;
  }

  /** Those that are well, the best first; then those behind; then those left alone, the longest first. */
  get byPreference(): readonly Endpoint[] {
    const rank = (endpoint: Endpoint): number =>
      endpoint.isBackingOff ? 2 + endpoint.backoffUntilMs : endpoint.isLagging ? 1 : 0;
    return this.all.toSorted((a, b) => rank(a) - rank(b) || a.score - b.score);
  }

  /**
   * One operation, on one endpoint: what its calls say belongs together. Where it fails the next is asked.
   *
   * @throws {ChainUnreachableError} naming what each said in words of ours; retrying is safe
   */
  async read<T>(
    what: string,
    calls: readonly RpcCall[],
    read: (answers: readonly RpcAnswer[]) => T,
  ): Promise<T> {
    return await this.try(what, (endpoint) => endpoint.ask(calls, read));
  }

  /** As `read`, for an operation of several steps. */
  async try<T>(what: string, ask: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.#limits.readTimeoutMs;
    const faults: string[] = [];
    let left = this.byPreference;
    let at = 0;
    for (let attempt = 0; attempt < this.#limits.attemptsMax && left.length > 0; attempt++) {
      if (at >= left.length) {
        at = 0;
        await sleep(this.#limits.retryPauseMs, this.#closing.signal);
      }
      const endpoint = left[at];
      if (endpoint === undefined || this.#closing.signal.aborted || performance.now() > deadlineMs) break;
      try {
        return await ask(endpoint);
      } catch (error) {
        if (!(error instanceof EndpointFault)) throw error;
        faults.push(`${endpoint.name}: ${error.message}`);
        // What it does not have or know, it will not have a moment later either.
        if (error.isBlameless) left = left.filter((other) => other !== endpoint);
        else at += 1;
      }
    }
    throw this.unreachable(what, faults);
  }

  /** As `read`, where an endpoint may not have it: null when those that answered have not. */
  async find<T>(
    what: string,
    calls: readonly RpcCall[],
    read: (answers: readonly RpcAnswer[]) => T | null,
  ): Promise<T | null> {
    let isMissing = false;
    try {
      return await this.read(what, calls, (answers) => {
        const value = read(answers);
        if (value !== null) return value;
        isMissing = true;
        throw new EndpointFault('NOT_HERE');
      });
    } catch (error) {
      if (isMissing && error instanceof ChainUnreachableError) return null;
      throw error;
    }
  }

  unreachable(what: string, faults: readonly string[]): ChainUnreachableError {
    const why = this.#closing.signal.aborted ? 'the client is closed' : faults.join(', ');
    return new ChainUnreachableError(
      `${this.#network}: no endpoint gave a usable answer to ${what}: ${why || 'none was asked'}`,
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.all.map((endpoint) => endpoint.close()));
  }
}
