import { buildSchema, type ExecutionResult, parse } from 'graphql';
import type { Subgraph, SubgraphRequest } from '../../../platform/subgraph.ts';
import { createLocalTransport } from '../../../router/transport/local.ts';
import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import { NOBODY } from '../../../router/transport/viewer.ts';
import { faultOf, requestOf, stranger, viewer } from './requests.ts';

const requests: SubgraphRequest[] = [];
let answer: (request: SubgraphRequest) => Promise<ExecutionResult>;

const subgraph: Subgraph = {
  name: 'accounts',
  schema: buildSchema('type Query { x: Int }'),
  execute(request) {
    requests.push(request);
    return answer(request);
  },
  close: () => Promise.resolve(),
};
const transport = createLocalTransport(subgraph);

beforeEach(() => {
  requests.length = 0;
  answer = async () => ({ data: { x: 1 } });
});

const never = (): Promise<ExecutionResult> => new Promise(() => undefined);

test('the subgraph gets the tree as it is, the Viewer and the event, and its very answer comes back', async () => {
  const document = parse('subscription S { x }');
  const event = { x: { cursor: 'c', event: null } };
  const result = { data: { x: 2 } };
  answer = async () => result;
  const request = requestOf({ kind: 'subscription', document, event, operationName: 'S' });
  expect(await transport.execute(request)).toBe(result);
  const { query, variables } = request;
  expect(requests).toEqual([
    { query, variables, document, event, operationName: 'S', viewer, requestId: 'r-1' },
  ]);
  expect(requests[0]?.document).toBe(document);
});

test('nobody is refused, but for type names and the schema', async () => {
  const refused = await transport.execute(requestOf({ identity: stranger, document: parse('{ x }') }));
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(refused.data).toBeUndefined();
  const mixed = '{ __typename ...F } fragment F on Query { x }';
  const both = await transport.execute(requestOf({ identity: stranger, document: parse(mixed) }));
  expect(both.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(requests).toHaveLength(0);
  const meta = '{ __typename ...F } fragment F on Query { __schema { description } }';
  await transport.execute(requestOf({ identity: stranger, document: parse(meta) }));
  expect(requests[0]?.viewer).toBe(NOBODY);
});

test('what is not there in time is unavailable, and nothing is left behind', async () => {
  answer = never;
  const { signal } = new AbortController();
  const removed = jest.spyOn(signal, 'removeEventListener');
  const startedMs = performance.now();
  const fault = await faultOf(transport.execute(requestOf({ dueInMs: 100, signal })));
  expect(fault).toBeInstanceOf(SubgraphUnavailableError);
  expect(fault).toMatchObject({ reason: 'TIMEOUT' });
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(removed).toHaveBeenCalledTimes(1);
});

test('what is answered in time leaves neither timer nor listener', async () => {
  const { signal } = new AbortController();
  const [added, removed] = [
    jest.spyOn(signal, 'addEventListener'),
    jest.spyOn(signal, 'removeEventListener'),
  ];
  const cleared = jest.spyOn(globalThis, 'clearTimeout');
  for (let n = 0; n < 20; n++) await transport.execute(requestOf({ dueInMs: 60_000, signal }));
  expect(cleared).toHaveBeenCalledTimes(20);
  cleared.mockRestore();
  expect(added).toHaveBeenCalledTimes(20);
  expect(removed).toHaveBeenCalledTimes(20);
});

test('a time that never comes is no time that has passed', async () => {
  answer = () => new Promise((resolve) => setTimeout(() => resolve({ data: { x: 3 } }), 50));
  for (const dueInMs of [Number.POSITIVE_INFINITY, 2 ** 32])
    expect(await transport.execute(requestOf({ dueInMs }))).toEqual({ data: { x: 3 } });
});

test('what is late before it begins is not begun', async () => {
  const fault = await faultOf(transport.execute(requestOf({ kind: 'mutation', dueInMs: -1 })));
  expect(fault).toMatchObject({ reason: 'TIMEOUT', wasSent: false });
  expect(requests).toHaveLength(0);
});

test('a mutation outlives its client, and is told as unknown when it is late', async () => {
  const controller = new AbortController();
  answer = () => new Promise((resolve) => setTimeout(() => resolve({ data: { x: 3 } }), 100));
  const work = transport.execute(requestOf({ kind: 'mutation', signal: controller.signal }));
  controller.abort();
  expect(await work).toEqual({ data: { x: 3 } });
  const fault = await faultOf(transport.execute(requestOf({ kind: 'mutation', dueInMs: 20 })));
  expect(String(fault)).toContain('the outcome of the mutation is unknown, retry with the same');
});

test('a query whose client goes away is given up', async () => {
  answer = never;
  const controller = new AbortController();
  const fault = faultOf(transport.execute(requestOf({ signal: controller.signal })));
  controller.abort();
  expect(await fault).toMatchObject({ reason: 'ABORTED' });
  expect(await faultOf(transport.execute(requestOf({ signal: controller.signal })))).toMatchObject({
    reason: 'ABORTED',
  });
});

test('a subgraph that throws is unavailable, also after its time', async () => {
  answer = () => Promise.reject(new Error('broken'));
  expect(await faultOf(transport.execute(requestOf()))).toMatchObject({ reason: 'FAILED' });
  answer = () => new Promise((_, reject) => setTimeout(() => reject(new Error('broken')), 50));
  expect(await faultOf(transport.execute(requestOf({ dueInMs: 10 })))).toMatchObject({ reason: 'TIMEOUT' });
  await new Promise((resolve) => setTimeout(resolve, 100));
});
