import { EndpointFault, resultOf } from './endpointFault.ts';
import type { EndpointSet } from './endpointSet.ts';
import { readIndex } from './readAnswer.ts';

/**
 * The chain id that every endpoint names which answers.
 *
 * @throws {ChainUnreachableError} also when they name different ones, with who says what
 */
export async function readChainId(endpoints: EndpointSet): Promise<number> {
  const answers = await Promise.all(
    endpoints.all.map(async (endpoint) => {
      try {
        const calls = [{ method: 'eth_chainId', params: [] }];
        return await endpoint.ask(calls, ([answer]) => readIndex(resultOf(answer), 'chain id'));
      } catch (error) {
        if (error instanceof EndpointFault) return error;
        throw error;
      }
    }),
  );
  const ids = new Set(answers.filter((answer) => typeof answer === 'number'));
  const [id] = ids;
  const isDenied = answers.some((answer) => answer instanceof EndpointFault && answer.kind === 'WRONG_CHAIN');
  if (id !== undefined && ids.size === 1 && !isDenied) return id;
  const told = endpoints.all.map(({ name }, at) => {
    const answer = answers[at];
    return `${name}: ${answer instanceof EndpointFault ? answer.message : answer}`;
  });
  throw endpoints.unreachable('eth_chainId', told);
}
