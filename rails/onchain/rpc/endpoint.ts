import type { Logger } from '../../../platform/log.ts';
import type { EndpointHealth } from './chainReader.ts';
import { EndpointFault, type RpcAnswer, resultOf } from './endpointFault.ts';
import { HttpRpc, type RpcCall } from './httpRpc.ts';
import type { RpcLimits } from './limits.ts';
import { readQuantity } from './readAnswer.ts';

/** Share of the newest measure in the smoothed latency. */
const LATENCY_WEIGHT = 0.2;
/** Until the first answer: better than a slow endpoint, worse than a quick one. */
const LATENCY_UNKNOWN_MS = 200;
/** What being a block behind weighs in the choice. */
const BLOCK_BEHIND_MS = 200;
/** What each of the latest faults weighs; good answers take them back one by one. */
const FAULT_MS = 500;
const FAULTS_COUNTED_MAX = 10;
const CHAIN_ID_CALL: RpcCall = { method: 'eth_chainId', params: [] };

/** One HTTP endpoint and how well it has answered of late. */
export class Endpoint {
  readonly name: string;
  readonly #rpc: HttpRpc;
  readonly #limits: RpcLimits;
  readonly #chainId: number | undefined;
  readonly #logger: Logger;
  #latencyMs: number | null = null;
  #blocksBehind: number | null = null;
  #faults = 0;
  #fault: EndpointFault | null = null;
  #backoffUntilMs = 0;
  #isOfOurChain: boolean;

  constructor(
    name: string,
    url: string,
    options: { readonly limits: RpcLimits; readonly chainId: number | undefined; readonly logger: Logger },
  ) {
    this.name = name;
    this.#rpc = new HttpRpc(url, options.limits);
    this.#limits = options.limits;
    this.#chainId = options.chainId;
    this.#isOfOurChain = options.chainId === undefined;
    this.#logger = options.logger;
  }

  /** True while it is left alone after a fault; whoever asks it then, probes it. */
  get isBackingOff(): boolean {
    return this.#fault !== null && performance.now() < this.#backoffUntilMs;
  }

  get backoffUntilMs(): number {
    return this.#backoffUntilMs;
  }

  get isLagging(): boolean {
    return (this.#blocksBehind ?? 0) > this.#limits.blocksBehindMax;
  }

  /** The lower, the sooner it is asked. */
  get score(): number {
    const latencyMs = this.#latencyMs ?? LATENCY_UNKNOWN_MS;
    return latencyMs + BLOCK_BEHIND_MS * (this.#blocksBehind ?? 0) + FAULT_MS * this.#faults;
  }

  get health(): EndpointHealth {
    const latencyMs = this.#latencyMs === null ? null : Math.round(this.#latencyMs);
    return { name: this.name, status: this.#status, latencyMs, blocksBehind: this.#blocksBehind };
  }

  get #status(): EndpointHealth['status'] {
    if (this.#fault !== null) {
      const isSilent = this.#fault.kind === 'TIMEOUT' || this.#fault.kind === 'UNREACHABLE';
      return isSilent ? 'UNREACHABLE' : 'FAULTY';
    }
    return this.isLagging ? 'LAGGING' : 'HEALTHY';
  }

  /**
   * Asks, reads the answers, and remembers how that went: nonsense is a fault of the endpoint as much as silence is.
   *
   * @param read makes something of the answers; throws EndpointFault where it cannot
   * @throws {EndpointFault}
   */
  async ask<T>(
    calls: readonly RpcCall[],
    read: (answers: readonly RpcAnswer[]) => T,
    timeoutMs = this.#limits.callTimeoutMs,
  ): Promise<T> {
    const startedAtMs = performance.now();
    try {
      const value = read(await this.#send(calls, timeoutMs));
      this.#succeed(performance.now() - startedAtMs);
      return value;
    } catch (error) {
      if (error instanceof EndpointFault && !error.isBlameless) this.fail(error);
      throw error;
    }
  }

  /** For what only shows beside the answers of others. */
  fail(fault: EndpointFault): void {
    const wasWell = this.#fault === null;
    this.#fault = fault;
    this.#faults = Math.min(this.#faults + 1, FAULTS_COUNTED_MAX);
    const { backoffMsMin, backoffMsMax } = this.#limits;
    this.#backoffUntilMs = performance.now() + Math.min(backoffMsMin * 2 ** (this.#faults - 1), backoffMsMax);
    // After an outage another node may answer behind the same name.
    this.#isOfOurChain = this.#chainId === undefined;
    if (wasWell) this.#logger.warn({ endpoint: this.name, fault: fault.message }, 'an endpoint failed');
  }

  /** @param blocks behind the best endpoint */
  observeBehind(blocks: number): void {
    const wasLagging = this.isLagging;
    this.#blocksBehind = blocks;
    if (this.isLagging && !wasLagging)
      this.#logger.warn({ endpoint: this.name, blocks }, 'an endpoint is behind');
  }

  async close(): Promise<void> {
    await this.#rpc.close();
  }

  #succeed(elapsedMs: number): void {
    this.#latencyMs =
      this.#latencyMs === null ? elapsedMs : this.#latencyMs + LATENCY_WEIGHT * (elapsedMs - this.#latencyMs);
    if (this.#fault !== null) this.#logger.info({ endpoint: this.name }, 'an endpoint is back');
    this.#fault = null;
    this.#faults = Math.max(this.#faults - 1, 0);
  }

  /** Before the first other answer counts, it has to say that it is of our chain. */
  async #send(calls: readonly RpcCall[], timeoutMs: number): Promise<readonly RpcAnswer[]> {
    if (this.#isOfOurChain) return await this.#rpc.send(calls, timeoutMs);
    const [chainId, ...answers] = await this.#rpc.send([CHAIN_ID_CALL, ...calls], timeoutMs);
    if (readQuantity(resultOf(chainId), 'chain id') !== BigInt(this.#chainId ?? 0))
      throw new EndpointFault('WRONG_CHAIN');
    this.#isOfOurChain = true;
    return answers;
  }
}

/** Hosts, numbered where several share one: keys are in paths, queries and user names. */
export function namesOf(urls: readonly string[]): readonly string[] {
  const hosts = urls.map((url) => new URL(url).hostname);
  return hosts.map((host, at) => {
    const isShared = hosts.indexOf(host) !== hosts.lastIndexOf(host);
    return isShared ? `${host}#${hosts.slice(0, at).filter((other) => other === host).length + 1}` : host;
  });
}
