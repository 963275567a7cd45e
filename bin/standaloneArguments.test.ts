import { ArgumentError, readStandaloneArguments } from './standaloneArguments.ts';

const read = (...args: readonly string[]) =>
  readStandaloneArguments(['--supergraph', 'supergraph.graphql', ...args]);

test('all subgraphs stream over WebSockets where they answer, unless one is said to do otherwise', () => {
  expect(read().subscriptionsOf('any')).toEqual({ protocol: 'graphql-transport-ws' });
  const { subscriptionsOf } = read(
    '--subscriptions=sse',
    '--subscriptions=prices=ws',
    '--subscription-url=prices=wss://prices.example/stream',
  );
  expect(subscriptionsOf('stock')).toEqual({ protocol: 'sse' });
  expect(subscriptionsOf('prices')).toEqual({
    protocol: 'graphql-transport-ws',
    url: 'wss://prices.example/stream',
  });
});

test('how long a subgraph may take, and whether it may compress, is not said unless it is set', () => {
  expect(read()).toMatchObject({ subgraphTimeoutMs: undefined, compressedSubgraphs: false });
  expect(read('--subgraph-timeout=250', '--compress-subgraphs')).toMatchObject({
    subgraphTimeoutMs: 250,
    compressedSubgraphs: true,
  });
});

test.each([
  [['--subscriptions', 'prices=mail'], '--subscriptions is "mail": expected ws or sse'],
  [['--subscription-url', 'prices=mail:x'], '--subscription-url is "prices=mail:x": expected NAME=URL'],
  [
    ['--subgraph', 'prices=ws://prices.example'],
    '--subgraph is "prices=ws://prices.example": expected NAME=URL',
  ],
  [['--subgraph-timeout', '0'], '--subgraph-timeout is "0": expected 1 to 600000 milliseconds'],
  [['--subgraph-timeout', '1e3'], '--subgraph-timeout is "1e3"'],
])('refuses %j with the value and what was expected', (args, message) => {
  const failing = () => read(...args);
  expect(failing).toThrow(ArgumentError);
  expect(failing).toThrow(message);
});
