import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, type GraphQLSchema, parse } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import { formatId, parseId, type Uuid } from '../../platform/id.ts';
import { projectRoot } from '../../platform/paths.ts';
import type { Subgraph, SubgraphRequest } from '../../platform/subgraph.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { StreamMessage, TransactionPayload } from '../../schema/events.ts';

/** Subgraphs with the real schemas and resolvers over a few values in memory, to see the router alone at work. */
export interface SmallWorld {
  readonly subgraphs: Readonly<Record<Subgraph['name'], Subgraph>>;
  /** Requests that each subgraph got. */
  readonly requests: Readonly<Record<Subgraph['name'], SubgraphRequest[]>>;
  /** Makes a subgraph throw, as one whose process is gone. */
  fail(name: Subgraph['name'], failing: boolean): void;
}

interface Context {
  readonly viewer: Viewer;
  idempotentReplay: boolean;
}

export const supergraphSdl = readFileSync(join(projectRoot, 'schema', 'supergraph.graphql'), 'utf8');

const USD = { code: 'USD', scale: 2 };
const NOW = '2026-01-31T12:00:00.000Z';

/** The uuid of a transaction whose accounts nobody may see. */
export const HIDDEN = '018f0000-0000-7000-8000-00000000dead' as Uuid;
const HIDDEN_ACCOUNT = formatId('acc', HIDDEN);

function account(id: string): object {
  return { __typename: 'Account', id, name: `Account ${id.slice(-4)}`, kind: 'CUSTOMER', asset: USD };
}

function transaction(id: string): object {
  const uuid = parseId('txn', id) as Uuid;
  const leg = { account: { id: formatId('acc', uuid) }, amount: { amount: '12.50', asset: USD } };
  return {
    __typename: 'Transaction',
    id,
    status: 'COMPLETED',
    version: 3,
    createdAt: NOW,
    source: leg,
    destination: leg,
  };
}

const accounts = {
  Query: {
    account: (_: unknown, { id }: { id: string }) => {
      if (id === 'acc_secret')
        throw new Error('relation "ledger.account" does not exist at /srv/omsx/store.ts');
      if (id === 'acc_forbidden') throw new ApiError('FORBIDDEN', 'this needs the scope accounts:read');
      return account(id);
    },
    organization: (_: unknown, __: unknown, { viewer }: Context) => ({
      id: formatId('org', viewer.organizationId),
      name: 'Sandbox',
    }),
  },
  Account: { __resolveReference: ({ id }: { id: string }) => (id === HIDDEN_ACCOUNT ? null : account(id)) },
};

const wallets = {
  Account: { __resolveReference: ({ id }: { id: string }) => ({ id }), wallet: () => null },
};

const payments = {
  Query: { transaction: (_: unknown, { id }: { id: string }) => transaction(id) },
  Account: {
    __resolveReference: ({ id }: { id: string }) => ({ id }),
    transactions: () => ({ edges: [], pageInfo: { hasNextPage: false, hasPreviousPage: false } }),
  },
  Mutation: {
    cancelTransaction: (
      _: unknown,
      { input }: { input: { id: string; idempotencyKey: string } },
      context: Context,
    ) => {
      context.idempotentReplay = input.idempotencyKey === 'seen';
      return transaction(input.id);
    },
  },
  CancelTransactionResult: { __resolveType: () => 'Transaction' },
  Subscription: {
    transactionUpdates: { resolve: (root: Record<string, StreamMessage>) => update(root.transactionUpdates) },
    transactionUpdated: {
      resolve: (root: Record<string, StreamMessage>, { id }: { id: string }) => ({
        ...update(root.transactionUpdated),
        transaction: transaction(id),
      }),
    },
    balanceUpdates: {
      resolve: (root: Record<string, StreamMessage>, { accountId }: { accountId: string }) => ({
        cursor: root.balanceUpdates?.cursor,
        account: { id: accountId },
        balance: null,
      }),
    },
  },
};

function update(message: StreamMessage | undefined): object {
  const event = message?.event;
  if (!event) return { cursor: message?.cursor, event: null, transaction: null };
  const payload = event.payload as TransactionPayload;
  return {
    cursor: message.cursor,
    event: { ...payload.event, id: formatId('evt', event.id as Uuid), amount: null },
    transaction: transaction(formatId('txn', event.aggregateId as Uuid)),
  };
}

/** Once for all worlds of a test file, as building one takes as long as all else of a router. */
const schemas = new Map<Subgraph['name'], GraphQLSchema>();

function schemaOf(name: Subgraph['name'], resolvers: unknown): GraphQLSchema {
  const known = schemas.get(name);
  if (known) return known;
  const read = (file: string): string => readFileSync(join(projectRoot, 'schema', file), 'utf8');
  const schema = buildSubgraphSchema({
    typeDefs: parse(`${read('common.graphql')}\n${read(`${name}.graphql`)}`),
    resolvers: resolvers as NonNullable<unknown> & object as never,
  });
  schemas.set(name, schema);
  return schema;
}

export function createSmallWorld(): SmallWorld {
  const requests = { accounts: [], wallets: [], payments: [] } as Record<Subgraph['name'], SubgraphRequest[]>;
  const failing = new Set<string>();
  const create = (name: Subgraph['name'], resolvers: unknown): Subgraph => {
    const schema = schemaOf(name, resolvers);
    return {
      name,
      schema,
      close: () => Promise.resolve(),
      async execute(request) {
        requests[name].push(request);
        if (failing.has(name)) throw new Error(`connect ECONNREFUSED 10.0.0.7:4001 (${name})`);
        const contextValue: Context = { viewer: request.viewer, idempotentReplay: false };
        const result = await execute({
          schema,
          document: request.document ?? parse(request.query),
          variableValues: request.variables,
          rootValue: request.event,
          contextValue,
        });
        return contextValue.idempotentReplay ? { ...result, extensions: { idempotentReplay: true } } : result;
      },
    };
  };
  return {
    subgraphs: {
      accounts: create('accounts', accounts),
      wallets: create('wallets', wallets),
      payments: create('payments', payments),
    },
    requests,
    fail: (name, isFailing) => void (isFailing ? failing.add(name) : failing.delete(name)),
  };
}

/** Payload of a `Transaction...` event. */
export function transactionPayload(transactionId: string, version: number): string {
  const payload: TransactionPayload = {
    transactionId,
    event: {
      id: transactionId,
      version,
      kind: 'COMPLETED',
      status: 'COMPLETED',
      leg: null,
      amount: null,
      asset: 'USD',
      relatedTransactionId: null,
      reason: null,
      nextAction: null,
      expectedBy: null,
      terminal: true,
      occurredAt: NOW,
    },
    balances: [],
  };
  return JSON.stringify(payload);
}
