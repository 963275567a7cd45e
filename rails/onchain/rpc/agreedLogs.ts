import type { ChainLog } from './chainReader.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointFault } from './endpointFault.ts';
import type { EndpointSet } from './endpointSet.ts';
import { type LogFilter, logsFrom, logsOfBlock } from './logs.ts';

/** Endpoints that have to give the same logs of a block, where so many answer. */
const AGREEMENTS = 2;

interface Answer {
  readonly endpoint: Endpoint;
  readonly logs: readonly ChainLog[];
}

/**
 * The logs of one block, the same from two endpoints where two answer: a list that lacks some looks like any other, and
 * each that is missing is somebody's money. Where they differ the receipts of both are read, which indexes of logs are
 * made from. One that answers alone is believed; that its block is final it cannot say alone.
 *
 * @throws {ChainUnreachableError} also while two endpoints tell different things of one block
 */
export async function agreedLogs(endpoints: EndpointSet, filter: LogFilter): Promise<readonly ChainLog[]> {
  const answers = await ask(endpoints.byPreference, filter);
  const [first, second] = answers;
  // With the retries, and the words for what each said.
  if (first === undefined)
    return await endpoints.try('eth_getLogs', (endpoint) => logsFrom(endpoint, filter));
  if (second === undefined || isSame(first.logs, second.logs)) return first.logs;
  const receipts = await Promise.all(
    answers.map(({ endpoint }) => logsOfBlock(endpoint, filter).catch(nullOfFault)),
  );
  const [ofFirst, ofSecond] = receipts;
  if (ofFirst && ofSecond && isSame(ofFirst, ofSecond)) return ofFirst;
  const names = answers.map(({ endpoint, logs }) => `${endpoint.name}: ${logs.length} logs`);
  throw endpoints.unreachable('eth_getLogs', ['they differ', ...names]);
}

/** Of the two best at once; of the others one by one where one of those failed. */
async function ask(preferred: readonly Endpoint[], filter: LogFilter): Promise<readonly Answer[]> {
  const answer = async (endpoint: Endpoint): Promise<Answer | null> => {
    const logs = await logsFrom(endpoint, filter).catch(nullOfFault);
    return logs === null ? null : { endpoint, logs };
  };
  const answers = (await Promise.all(preferred.slice(0, AGREEMENTS).map(answer))).filter(
    (one) => one !== null,
  );
  for (const endpoint of preferred.slice(AGREEMENTS)) {
    if (answers.length >= AGREEMENTS) break;
    const more = await answer(endpoint);
    if (more !== null) answers.push(more);
  }
  return answers;
}

function nullOfFault(error: unknown): null {
  if (error instanceof EndpointFault) return null;
  throw error;
}

function isSame(a: readonly ChainLog[], b: readonly ChainLog[]): boolean {
  const keyOf = ({ transactionHash, logIndex, contract, data, topics }: ChainLog): string =>
    [transactionHash, logIndex, contract, data, ...topics].join(' ');
  return a.length === b.length && a.every((log, at) => keyOf(log) === keyOf(b[at] as ChainLog));
}
