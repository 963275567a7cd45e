import { loopback } from './ports.ts';

const answerTimeoutMs = 1_000;

/** The result of a JSON-RPC call to the chain on this port of the loopback address. Throws when it gives none in time. */
export async function askChain(
  port: number,
  method: string,
  params: readonly unknown[] = [],
): Promise<unknown> {
  const response = await fetch(`http://${loopback}:${port}`, {
    method: 'POST',
    // A connection that is kept would hold a stopped server's port, and this process alive.
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null && 'result' in answer) return answer.result;
  throw new Error(`${method} gave no result: ${JSON.stringify(answer)}`);
}

/** The id of the chain that answers on this port; undefined when none does. */
export async function findChainId(port: number): Promise<number | undefined> {
  try {
    const id = await askChain(port, 'eth_chainId');
    return typeof id === 'string' ? Number.parseInt(id, 16) : undefined;
  } catch {
    return undefined;
  }
}
