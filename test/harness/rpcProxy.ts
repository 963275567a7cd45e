import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseTransaction, recoverTransactionAddress, type TransactionSerialized } from 'viem';
import type { Random } from '../crash/random.ts';
import { NO_RPC_FAULTS, type RpcFaults } from './rpcFaults.ts';

const RULE_PERCENT = 110n;
const GARBAGE = '<html>upstream timed out</html>';
const TOO_LARGE = { code: -32005, message: 'query returned more than 10000 results' };
const UNDERPRICED = { code: -32000, message: 'replacement transaction underpriced' };

type Call = { readonly id: unknown; readonly method: string; readonly params: readonly unknown[] };
type Fees = { readonly maxFee: bigint; readonly priorityFee: bigint; readonly raw: string };
type Json = Record<string, unknown>;

export type RpcProxy = Awaited<ReturnType<typeof startRpcProxy>>;

/**
 * An endpoint of a chain that fails as it is told to, in front of a node that does not.
 *
 * ```ts
 * const proxy = await startRpcProxy(chain.url, createRandom(seed));
 * proxy.setFaults({ lagBlocks: 8, reset: 0.1 });
 * proxy.heal();
 * await proxy.close();
 * ```
 *
 * @param targetUrl of a node, HTTP
 * @param random decides what a share of requests meets; the order in which requests come is the client's
 */
export async function startRpcProxy(targetUrl: string, random: Random) {
  const proxy = new FaultyNode(targetUrl, random);
  const server = createServer((request, response) => void proxy.serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    /** HTTP only: heads are not told here. */
    url: `http://127.0.0.1:${port}`,
    /** How often each method was asked for, since the start or `heal`. */
    calls: proxy.calls as ReadonlyMap<string, number>,
    /** From now on; faults that are not named stay as they are. */
    setFaults: (faults: Partial<RpcFaults>): void => proxy.setFaults(faults),
    /** No faults any more; what hangs is reset. */
    heal: (): void => proxy.heal(),
    /** Connections that clients have open now. */
    connections: (): Promise<number> =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    close: (): Promise<void> => close(server, proxy),
  };
}

async function close(server: Server, proxy: FaultyNode): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  proxy.heal();
  server.closeAllConnections();
  await closed;
}

class FaultyNode {
  readonly calls = new Map<string, number>();
  readonly #target: string;
  readonly #random: Random;
  readonly #hanging = new Set<ServerResponse>();
  readonly #receipts = new Map<string, unknown>();
  /** Of what was accepted, by sender and nonce. */
  readonly #fees = new Map<string, Fees>();
  #faults: RpcFaults = NO_RPC_FAULTS;

  constructor(target: string, random: Random) {
    this.#target = target;
    this.#random = random;
  }

  setFaults(faults: Partial<RpcFaults>): void {
    this.#faults = { ...this.#faults, ...faults };
  }

  heal(): void {
    this.#faults = NO_RPC_FAULTS;
    this.calls.clear();
    for (const response of this.#hanging) response.socket?.resetAndDestroy();
    this.#hanging.clear();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const text = await read(request).catch(() => null);
    if (text === null) return;
    const { hang, reset, serverError, garbage } = this.#faults;
    if (this.#happens(hang)) return void this.#hanging.add(response);
    const isReset = this.#happens(reset);
    if (isReset && this.#happens(0.5)) return void response.socket?.resetAndDestroy();
    if (this.#happens(serverError)) return end(response, 500 + this.#random.integer(0, 4), '{}');
    try {
      const answer = await this.#answer(JSON.parse(text));
      if (isReset) response.socket?.resetAndDestroy();
      else end(response, 200, this.#happens(garbage) ? GARBAGE : JSON.stringify(answer));
    } catch {
      response.socket?.resetAndDestroy();
    }
  }

  async #answer(body: unknown): Promise<unknown> {
    const isBatch = Array.isArray(body);
    const calls: readonly Call[] = isBatch ? body : [body];
    const answers: Json[] = [];
    for (const call of calls) {
      this.calls.set(call.method, (this.calls.get(call.method) ?? 0) + 1);
      const given = await this.#one(call);
      if (!this.#happens(this.#faults.missing)) answers.push({ jsonrpc: '2.0', id: call.id, ...given });
      else if (!isBatch) answers.push({ jsonrpc: '2.0', id: call.id });
    }
    return isBatch ? answers : answers[0];
  }

  /** A call with the faults that are of single methods. */
  async #one(call: Call): Promise<Json> {
    const { tooLarge, replacementRule, staleReceipts } = this.#faults;
    if (call.method === 'eth_getLogs' && tooLarge) return { error: TOO_LARGE };
    if (call.method === 'eth_sendRawTransaction' && replacementRule) return await this.#send(call);
    const lagging = await this.#lag(call);
    if (lagging === null) return { result: null };
    const given = await this.#forward(lagging);
    if (call.method === 'eth_getTransactionReceipt' && typeof call.params[0] === 'string') {
      const [hash] = call.params;
      const result = given.result ?? (staleReceipts ? this.#receipts.get(hash) : null) ?? null;
      if (result !== null) this.#receipts.set(hash, result);
      return 'error' in given ? given : { result: await this.#withFaults(call, result) };
    }
    return 'error' in given ? given : { result: await this.#withFaults(call, given.result) };
  }

  /** The call as a node would answer it that has no newer blocks; null for what it then does not have. */
  async #lag(call: Call): Promise<Call | null> {
    const { lagBlocks } = this.#faults;
    if (lagBlocks === 0) return call;
    const head = BigInt(String((await this.#ask('eth_blockNumber', [])) ?? '0x0'));
    const newest = head > BigInt(lagBlocks) ? head - BigInt(lagBlocks) : 0n;
    const at = call.params.findLastIndex(
      (param) => typeof param === 'string' && /^(latest|safe|finalized|pending)$/.test(param),
    );
    if (at !== -1) {
      const behind = { latest: 0n, pending: 0n, safe: 1n, finalized: 2n }[String(call.params[at])] ?? 0n;
      const number = newest > behind ? newest - behind : 0n;
      return { ...call, params: call.params.with(at, `0x${number.toString(16)}`) };
    }
    const number = await this.#numberOf(call);
    return number !== null && number > newest ? null : call;
  }

  /** Of the block that the call is about; null where it is about none. */
  async #numberOf({ method, params }: Call): Promise<bigint | null> {
    if (method === 'eth_getBlockByNumber') return BigInt(String(params[0]));
    const filter = params[0];
    const hash = method === 'eth_getLogs' && isObject(filter) ? filter.blockHash : params[0];
    if (method === 'eth_getTransactionReceipt') {
      const receipt = await this.#ask(method, params);
      return isObject(receipt) ? BigInt(String(receipt.blockNumber)) : null;
    }
    if (!['eth_getLogs', 'eth_getBlockByHash', 'eth_getBlockReceipts'].includes(method)) return null;
    const block = await this.#ask('eth_getBlockByHash', [hash, false]);
    return isObject(block) ? BigInt(String(block.number)) : null;
  }

  async #withFaults({ method, params }: Call, result: unknown): Promise<unknown> {
    if (method === 'eth_getLogs' && Array.isArray(result)) return this.#logs(result);
    if (method === 'eth_getBlockReceipts' && Array.isArray(result))
      return result.map((one) => this.#receipt(one));
    if (method === 'eth_getTransactionReceipt') return this.#receipt(result);
    if (method === 'eth_getBlockByNumber' && isObject(result)) return await this.#block(result, params[0]);
    return result;
  }

  #logs(logs: readonly unknown[]): readonly unknown[] {
    const { omitLogs, duplicateLogs } = this.#faults;
    const left = logs.filter(() => !this.#happens(omitLogs));
    return duplicateLogs ? left.flatMap((log) => [log, log]) : left;
  }

  #receipt(receipt: unknown): unknown {
    if (!isObject(receipt) || !Array.isArray(receipt.logs) || this.#faults.receiptsAreTrue) return receipt;
    return { ...receipt, logs: this.#logs(receipt.logs) };
  }

  async #block(block: Json, asked: unknown): Promise<Json> {
    const { finalizedHash } = this.#faults;
    if (finalizedHash === null) return block;
    const finalized =
      asked === 'finalized' ? block : await this.#ask('eth_getBlockByNumber', ['finalized', false]);
    const isIt = isObject(finalized) && finalized.number === block.number;
    return isIt ? { ...block, hash: finalizedHash } : block;
  }

  async #send(call: Call): Promise<Json> {
    const raw = String(call.params[0]);
    const serialized = raw as TransactionSerialized;
    const { nonce = 0, maxFeePerGas, maxPriorityFeePerGas, gasPrice } = parseTransaction(serialized);
    const from = await recoverTransactionAddress({ serializedTransaction: serialized });
    const key = `${from}:${nonce}`;
    const fees: Fees = {
      maxFee: maxFeePerGas ?? gasPrice ?? 0n,
      priorityFee: maxPriorityFeePerGas ?? gasPrice ?? 0n,
      raw,
    };
    const before = this.#fees.get(key);
    if (
      before !== undefined &&
      before.raw !== raw &&
      !isRaised(fees, before) &&
      !(await this.#isMined(from, nonce))
    ) {
      return { error: UNDERPRICED };
    }
    const given = await this.#forward(call);
    const isInPool = !('error' in given) || JSON.stringify(given.error).includes('already');
    if (isInPool) this.#fees.set(key, fees);
    return given;
  }

  async #isMined(from: string, nonce: number): Promise<boolean> {
    return BigInt(String(await this.#ask('eth_getTransactionCount', [from, 'latest']))) > BigInt(nonce);
  }

  async #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    return (await this.#forward({ id: 1, method, params })).result ?? null;
  }

  async #forward({ method, params }: Call): Promise<Json> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.#target, { method: 'POST', headers, body });
    const { result, error } = (await response.json()) as Json;
    return error === undefined ? { result } : { error };
  }

  #happens(share: number): boolean {
    return share > 0 && this.#random.fraction() < share;
  }
}

function isRaised(fees: Fees, before: Fees): boolean {
  return (
    fees.maxFee * 100n >= before.maxFee * RULE_PERCENT &&
    fees.priorityFee * 100n >= before.priorityFee * RULE_PERCENT
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
}
