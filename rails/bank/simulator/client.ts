import type { OrderFactKind } from '../orderStates.ts';
import { type BankProvider, type OrderAnswer, ProviderSilentError, type Received } from '../provider.ts';
import { parseObject, readEvent } from './eventJson.ts';
import { readLinePage } from './lineJson.ts';

export const SIMULATOR = 'SIMULATOR';
const TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 1_048_576;
const FACTS: readonly OrderFactKind[] = [
  'SUBMITTED',
  'ACCEPTED',
  'SETTLED',
  'REJECTED',
  'CANCELED',
  'RETURNED',
];

export interface SimulatorEndpoint {
  readonly url: string;
  /** Shared with the simulator, which believes whoever has it. */
  readonly secret: string;
  /** For one call; `TIMEOUT_MS` when left out. */
  readonly timeoutMs?: number;
}

/** The simulator as a provider. Every answer that is not one of its own is silence: it may have done it or not. */
export function createSimulatorClient(endpoint: SimulatorEndpoint): BankProvider {
  return {
    code: SIMULATOR,
    submit: async (key, bytes) => answerOf(await callSimulator(endpoint, 'PUT', `/orders/${key}`, bytes)),
    ask: async (key) => answerOf(await callSimulator(endpoint, 'GET', `/orders/${key}`)),
    cancel: async (key) => answerOf(await callSimulator(endpoint, 'POST', `/orders/${key}/cancel`)),
    async listEvents(since) {
      const { body } = await callSimulator(endpoint, 'GET', `/events?since=${encodeURIComponent(since)}`);
      const { events, next } = parseObject(body);
      if (!Array.isArray(events) || typeof next !== 'string')
        throw new ProviderSilentError('no list of events');
      return { received: events.map(receivedOf), next };
    },
    async listLines(since) {
      const { body } = await callSimulator(endpoint, 'GET', `/lines?since=${encodeURIComponent(since)}`);
      return readLinePage(body);
    },
  };
}

/** Tells the simulator what to do, for the sandbox. @throws {ProviderSilentError} safe to repeat with the same body */
export async function controlSimulator(
  endpoint: SimulatorEndpoint,
  path: '/control/outcome' | '/control/deposit' | '/control/line' | '/control/line-fault',
  body: object,
): Promise<void> {
  const { status } = await callSimulator(endpoint, 'POST', path, Buffer.from(JSON.stringify(body)));
  if (status !== 200) throw new ProviderSilentError(`the simulator answered ${status}`);
}

function receivedOf(value: unknown): Received {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, event: readEvent(parseObject(bytes)) };
}

function answerOf({ status, body }: { readonly status: number; readonly body: Uint8Array }): OrderAnswer {
  if (status === 404) return { type: 'NOT_FOUND' };
  const { fact, reasonCode, reference } = parseObject(body);
  const known = FACTS.find((one) => one === fact);
  if (known === undefined) throw new ProviderSilentError('the answer does not say what became of the order');
  return {
    type: 'KNOWN',
    fact: known,
    reasonCode: typeof reasonCode === 'string' ? reasonCode : null,
    reference: String(reference),
  };
}

/** One call, with its limit of time. @throws {ProviderSilentError} for every answer that is neither 200 nor 404 */
export async function callSimulator(
  { url, secret, timeoutMs = TIMEOUT_MS }: SimulatorEndpoint,
  method: string,
  path: string,
  body?: Uint8Array,
): Promise<{ readonly status: number; readonly body: Uint8Array }> {
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    const answered = await response.arrayBuffer();
    const isAnswer = response.status === 200 || response.status === 404;
    if (isAnswer && answered.byteLength <= ANSWER_BYTES_MAX) {
      return { status: response.status, body: new Uint8Array(answered) };
    }
  } catch {
    throw new ProviderSilentError('the bank cannot be reached, or did not answer in time');
  }
  throw new ProviderSilentError('the bank answered something that is no answer');
}
