import { type Dispatcher, errors, Pool } from 'undici';
import { EndpointFault, type RpcAnswer } from './endpointFault.ts';
import type { RpcLimits } from './limits.ts';

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Of what a node says of an error; the rest is quotation. */
const MESSAGE_LENGTH_MAX = 1_000;
const HTTP_TOO_MANY_REQUESTS = 429;

/** JSON-RPC over HTTP to one URL, many calls in one request. Nothing that it throws quotes the URL or the answer. */
export class HttpRpc {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #batchCallsMax: number;
  #nextId = 1;

  constructor(url: string, limits: RpcLimits) {
    const { origin, pathname, search, username, password } = new URL(url);
    this.#pool = new Pool(origin, {
      connections: limits.connectionsMax,
      maxResponseSize: limits.answerBytesMax,
      // Our own timer ends a request; these are for what would slip past it.
      headersTimeout: 2 * limits.callTimeoutMs,
      bodyTimeout: 2 * limits.callTimeoutMs,
      connect: { timeout: limits.callTimeoutMs },
    });
    this.#path = `${pathname}${search}`;
    this.#headers = { 'content-type': 'application/json', ...authorization(username, password) };
    this.#batchCallsMax = limits.batchCallsMax;
  }

  /**
   * The answers, in the order of the calls. More than `batchCallsMax` go in several requests, one after the other.
   *
   * @param timeoutMs for each request
   * @throws {EndpointFault} when the endpoint as a whole gave no usable answer
   */
  async send(calls: readonly RpcCall[], timeoutMs: number): Promise<readonly RpcAnswer[]> {
    const answers: RpcAnswer[] = [];
    for (let from = 0; from < calls.length; from += this.#batchCallsMax) {
      answers.push(...(await this.#sendBatch(calls.slice(from, from + this.#batchCallsMax), timeoutMs)));
    }
    return answers;
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #sendBatch(calls: readonly RpcCall[], timeoutMs: number): Promise<readonly RpcAnswer[]> {
    const requests = calls.map(({ method, params }) => ({
      jsonrpc: '2.0',
      id: this.#nextId++,
      method,
      params,
    }));
    const [only] = requests;
    // Alone it is no batch, which some endpoints refuse.
    const body = JSON.stringify(requests.length === 1 ? only : requests);
    const value = parse(await this.#post(body, timeoutMs));
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    const byId = new Map(items.map((item) => [idOf(item), item]));
    return requests.map(({ id }) => answerOf(byId.get(id) ?? refusalOfAll(items)));
  }

  async #post(body: string, timeoutMs: number): Promise<string> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const response = await this.#pool.request({
        path: this.#path,
        method: 'POST',
        headers: this.#headers,
        body,
        signal: abort.signal,
      });
      if (response.statusCode !== 200) return await refuse(response);
      return await response.body.text();
    } catch (error) {
      if (error instanceof EndpointFault) throw error;
      if (abort.signal.aborted) throw new EndpointFault('TIMEOUT', `${timeoutMs} ms`);
      if (error instanceof errors.ResponseExceededMaxSizeError) throw new EndpointFault('TOO_LARGE', 'bytes');
      throw new EndpointFault('UNREACHABLE', codeOf(error));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** An answer in JSON with an error is read whatever its status: some give 4xx and 5xx with one. */
async function refuse({ statusCode, body }: Dispatcher.ResponseData): Promise<string> {
  const text = await body.text();
  if (statusCode === HTTP_TOO_MANY_REQUESTS) throw new EndpointFault('RATE_LIMIT', `status ${statusCode}`);
  if (statusCode < 500 && text.startsWith('{') && text.includes('"error"')) return text;
  throw new EndpointFault('HTTP', `status ${statusCode}`);
}

function authorization(username: string, password: string): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EndpointFault('NONSENSE', 'no JSON');
  }
}

function idOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
}

/** An error for a whole batch comes alone, with no id or with null. */
function refusalOfAll(items: readonly unknown[]): unknown {
  const [only] = items;
  const isRefusal = items.length === 1 && typeof only === 'object' && only !== null && 'error' in only;
  return isRefusal ? only : undefined;
}

function answerOf(item: unknown): RpcAnswer {
  if (typeof item !== 'object' || item === null)
    throw new EndpointFault('NONSENSE', 'a call without an answer');
  if ('error' in item && item.error !== null && item.error !== undefined) {
    const error: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown } =
      typeof item.error === 'object' ? item.error : {};
    return {
      error: {
        code: typeof error.code === 'number' ? error.code : 0,
        message: typeof error.message === 'string' ? error.message.slice(0, MESSAGE_LENGTH_MAX) : '',
        data: error.data,
      },
    };
  }
  if (!('result' in item)) throw new EndpointFault('NONSENSE', 'neither result nor error');
  return { result: item.result };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'broken off';
}
