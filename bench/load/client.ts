import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { bodyOf, type CreatedTransaction, type Payment, readAnswer, type Target } from './document.ts';

/** Keep-alive connections to one system; fresh for each run, so that no idle socket is closed under a request. */
export interface PaymentClient {
  /** Creates a Transaction with a key of its own. @throws when the answer is anything else. */
  pay(payment: Payment): Promise<CreatedTransaction>;
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 15_000;

export function openClient(target: Target, connections: number): PaymentClient {
  const url = new URL(target.url);
  const pool = new Pool(url.origin, {
    connections,
    pipelining: 1,
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${target.apiKey}` };
  const path = url.pathname;
  const keys = randomUUID();
  let count = 0;
  return {
    async pay(payment) {
      const body = bodyOf(`bench-${keys}-${count++}`, payment);
      const response = await pool.request({ path, method: 'POST', headers, body });
      return readAnswer(response.statusCode, await response.body.text());
    },
    close: () => pool.close(),
  };
}
