import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema } from 'graphql';
import { useServer as serveSockets } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { serveCalls } from '../load/worker.ts';

/** As much of ours as the document needs. */
const schema = buildSchema(`
  scalar Cursor
  type Query { nothing: Int }
  type Asset { code: String! }
  type Money { amount: String! asset: Asset! }
  type Balance { version: Int! available: Money! }
  type Account { id: ID! name: String }
  type BalanceUpdate { cursor: Cursor! account: Account! balance: Balance }
  type Subscription { balanceUpdates(accountId: ID!, after: Cursor): BalanceUpdate! }
`);

const FIRST = { data: { update: { cursor: '1', balance: { version: 1 } } } };

/** One message, and then none until the subscriber leaves: an iterator whose `return` ends it at once. */
function quietStream(): AsyncGenerator<unknown, void, void> {
  let sent = false;
  let end: (result: IteratorResult<unknown, void>) => void = () => undefined;
  const done: IteratorResult<unknown, void> = { done: true, value: undefined };
  const stop = async (): Promise<IteratorResult<unknown, void>> => {
    end(done);
    return done;
  };
  return {
    next() {
      if (sent) return new Promise((resolve) => (end = resolve));
      sent = true;
      return Promise.resolve({ value: FIRST, done: false });
    },
    return: stop,
    throw: stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * What `ws` and `graphql-ws` cost by themselves: a server that does nothing else, and does not even go through
 * graphql's own `subscribe`.
 */
async function start(): Promise<string> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: '/graphql' });
  serveSockets(
    { schema, subscribe: async () => quietStream() as AsyncGenerator<never, void, void> },
    sockets,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

serveCalls({ start });
