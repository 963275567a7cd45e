import { randomUUID } from 'node:crypto';
import { ownCpuMs } from '../cpu.ts';
import type { ClosedResult } from './closed.ts';
import type { Target } from './document.ts';
import { HttpConnection } from './httpConnection.ts';

/** Clients that each ask for a quote, accept it, and then ask for the next. */
export interface PairsJob {
  readonly target: Target;
  /** Funded accounts in USD. */
  readonly sourceIds: readonly string[];
  /** Accounts in EUR. */
  readonly destinationIds: readonly string[];
  /** One in USD that is paid a fee for each. */
  readonly partnerId: string;
  readonly clients: number;
  readonly durationMs: number;
}

const CREATE = `mutation Q($input: CreateQuoteInput!) { result: createQuote(input: $input) {
  __typename ... on Quote { id expiresAt destination { net { amount } } rate { exchangeRate } } ... on Failure { message } } }`;
const ACCEPT = `mutation A($input: AcceptQuoteInput!) { result: acceptQuote(input: $input) {
  __typename ... on Transaction { id status } ... on Failure { message } } }`;

interface Answer {
  readonly data?: {
    readonly result?: { readonly __typename: string; readonly id?: string; readonly status?: string };
  };
}

/** A latency is of both together. Runs until all answers are in. @throws on the first wrong answer. */
export async function runPairs(job: PairsJob): Promise<ClosedResult> {
  const url = new URL(job.target.url);
  const port = Number.parseInt(url.port, 10);
  const connections = await Promise.all(
    Array.from({ length: job.clients }, () => HttpConnection.open(port, url.hostname)),
  );
  const latencies: number[] = [];
  const cpuMs = ownCpuMs();
  const startedMs = performance.now();
  const endMs = startedMs + job.durationMs;
  const send = async (connection: HttpConnection, query: string, input: object): Promise<Answer> => {
    const body = JSON.stringify({ query, variables: { input } });
    const request = requestOf(url, job.target.apiKey, body);
    const { status, body: answer } = await connection.ask(request, null);
    if (status !== 200 || answer === null) throw new Error(`HTTP ${status}`);
    return JSON.parse(answer.toString());
  };
  const ask = async (connection: HttpConnection): Promise<void> => {
    for (let askedMs = performance.now(); askedMs < endMs; askedMs = performance.now()) {
      const created = await send(connection, CREATE, quoteInput(job));
      const quoteId = created.data?.result?.id;
      if (quoteId === undefined) throw new Error(JSON.stringify(created).slice(0, 500));
      const accepted = await send(connection, ACCEPT, { idempotencyKey: randomUUID(), quoteId });
      if (accepted.data?.result?.status !== 'COMPLETED')
        throw new Error(JSON.stringify(accepted).slice(0, 500));
      latencies.push(performance.now() - askedMs);
    }
  };
  try {
    await Promise.all(connections.map(ask));
    return {
      latenciesMs: Float64Array.from(latencies),
      elapsedMs: performance.now() - startedMs,
      generatorCpuMs: ownCpuMs() - cpuMs,
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

function quoteInput({ sourceIds, destinationIds, partnerId }: PairsJob): object {
  return {
    idempotencyKey: randomUUID(),
    sourceId: oneOf(sourceIds),
    destinationId: oneOf(destinationIds),
    amount: '1.00',
    fixedSide: 'SOURCE',
    sourceAsset: 'USD',
    destinationAsset: 'EUR',
    developerFees: [{ recipientId: partnerId, percent: '1' }],
  };
}

function oneOf(ids: readonly string[]): string {
  return ids[Math.floor(Math.random() * ids.length)] as string;
}

function requestOf(url: URL, apiKey: string, body: string): Buffer {
  return Buffer.from(
    `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${apiKey}\r\n` +
      `content-type: application/json\r\naccept: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
