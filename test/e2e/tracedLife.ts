import { CREATE_ACCOUNT, CREATE_TRANSACTION, createApi } from '../crash/api.ts';
import { waitFor } from '../crash/child.ts';
import { readStep, startSubscriber, WATCH_FULLY } from '../crash/subscribers.ts';
import type { CollectedSpan } from '../router/observability/collector.ts';
import { fund, make, newKey, onboard } from './business.ts';

export interface Deployment {
  readonly url: string;
  readonly wsUrl: string;
  readonly apiKey: string;
}

/** A value that is in no trace. */
export const SECRET = 'a name nobody may read in a trace';
/** Of the requests that are asked with a trace of their client's. */
export const TRACES = { cold: '1'.repeat(32), warm: '2'.repeat(32), mutation: '3'.repeat(32) } as const;
export const CLIENT_SPAN = 'b7ad6b7169203331';

const READ = 'query Traced($id: ID!) { account(id: $id) { id balance { posted { amount } } wallet { id } } }';
const WAIT_MS = 20_000;

/** A query twice, a mutation, and a payment that is watched. Gives the lines of the router's metrics after it. */
export async function live(deployment: Deployment): Promise<readonly string[]> {
  const { url, apiKey } = deployment;
  const api = createApi({ url, apiKey });
  const [payer, payee] = [await onboard(api, 'Payer Ltd'), await onboard(api, 'Payee Ltd')];
  await fund(api, payer.accountId, '5.00');
  await ask(deployment, TRACES.cold, READ, { id: payer.accountId });
  await ask(deployment, TRACES.warm, READ, { id: payer.accountId });
  const input = { asset: 'USD', name: SECRET, idempotencyKey: newKey() };
  await ask(deployment, TRACES.mutation, CREATE_ACCOUNT, { input });
  await watching(deployment, payer.accountId, async () => {
    const legs = { sourceId: payer.accountId, destinationId: payee.walletId };
    await make(api, CREATE_TRANSACTION, { ...legs, amount: '1.00', asset: 'USD' });
  });
  const metrics = await fetch(new URL('/metrics', url));
  return (await metrics.text()).split('\n');
}

/** As a client that is in a trace itself. @throws unless it is answered without errors */
async function ask(
  { url, apiKey }: Deployment,
  traceId: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      traceparent: `00-${traceId}-${CLIENT_SPAN}-01`,
    },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as { readonly errors?: unknown };
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
}

/** Pays while somebody watches, and waits until that one was told of it. */
async function watching(
  { wsUrl, apiKey }: Deployment,
  accountId: string,
  pay: () => Promise<void>,
): Promise<void> {
  const subscriber = startSubscriber({
    name: accountId,
    url: wsUrl,
    apiKey,
    document: WATCH_FULLY,
    variables: { filter: { accountId } },
    read: readStep,
  });
  try {
    await waitFor('opened subscription', WAIT_MS, async () => subscriber.lastCursor() !== '');
    await pay();
    await waitFor('message', WAIT_MS, async () => subscriber.received.length > 0);
  } finally {
    await subscriber.close();
  }
}

/** Every span of a trace as the names on the way to it, each once: `service: name > service: name`. */
export function pathsOf(spans: readonly CollectedSpan[], traceId: string): readonly string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const pathOf = (span: CollectedSpan): string => {
    const own = `${span.service}: ${span.name}`;
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    return parent === undefined ? own : `${pathOf(parent)} > ${own}`;
  };
  return [...new Set(spans.filter((span) => span.traceId === traceId).map(pathOf))].sort();
}
