import { ProviderSilentError } from '../../bank/provider.ts';
import { callSimulator, type SimulatorEndpoint } from '../../bank/simulator/client.ts';
import { parseObject } from '../../bank/simulator/eventJson.ts';
import { CASH_FACTS } from '../orderStates.ts';
import type { CashAnswer, CashProvider, ReceivedCash } from '../provider.ts';
import { codeOf, readCashEvent } from './eventJson.ts';

export const CASH_SIMULATOR = 'SIMULATOR';

/** The simulator as a provider. Every answer that is not one of its own is silence: it may have done it or not. */
export function createCashSimulatorClient(endpoint: SimulatorEndpoint): CashProvider {
  return {
    code: CASH_SIMULATOR,
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
  };
}

export type CashControl = '/control/outcome' | '/control/payment' | '/control/pickup';

/**
 * Tells the simulator what to do, for the sandbox. Answers whether it was done: a counter refuses a code that is dead.
 *
 * @throws {ProviderSilentError} safe to repeat with the same body
 */
export async function controlCashSimulator(
  endpoint: SimulatorEndpoint,
  path: CashControl,
  body: object,
): Promise<boolean> {
  const { status, body: answer } = await callSimulator(
    endpoint,
    'POST',
    path,
    Buffer.from(JSON.stringify(body)),
  );
  if (status !== 200) throw new ProviderSilentError(`the simulator answered ${status}`);
  return parseObject(answer).done === true;
}

function receivedOf(value: unknown): ReceivedCash {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, event: readCashEvent(parseObject(bytes)) };
}

function answerOf({ status, body }: { readonly status: number; readonly body: Uint8Array }): CashAnswer {
  if (status === 404) return { type: 'NOT_FOUND' };
  const answer = parseObject(body);
  const { fact, reasonCode, reference } = answer;
  const known = CASH_FACTS.find((one) => one === fact);
  if (known === undefined) throw new ProviderSilentError('the answer does not say what became of the order');
  return {
    type: 'KNOWN',
    fact: known,
    reasonCode: typeof reasonCode === 'string' ? reasonCode : null,
    reference: String(reference),
    code: codeOf(answer),
  };
}
