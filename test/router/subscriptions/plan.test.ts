import { formatId, newUuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { identityOf } from '../../../router/identity.ts';
import type { Admitted } from '../../../router/pipeline.ts';
import { planSubscription } from '../../../router/subscriptions/plan.ts';
import { createLocalTransport } from '../../../router/transport/local.ts';
import { openTestPipeline, type TestPipeline } from '../../harness/router.ts';
import { createSmallWorld, supergraphSdl } from '../../streaming/subgraphs.ts';
import { silent } from '../../streaming/support.ts';

let opened: TestPipeline;
const organizationId = newUuid();
const key: Viewer = { organizationId, kind: 'KEY', subjectId: 'key', scopes: ['*'] };

beforeAll(async () => {
  const transports = Object.values(createSmallWorld().subgraphs).map(createLocalTransport);
  opened = await openTestPipeline({ transports, logger: silent, supergraphSdl });
});
afterAll(() => opened.close());

const TEXT = `subscription ($after: Cursor, $filter: TransactionUpdateFilter) {
  transactionUpdates(after: $after, filter: $filter) { cursor } }`;

interface Asking {
  readonly text?: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
  readonly viewer?: Viewer;
  readonly headers?: Record<string, string>;
}

function admit({
  text = TEXT,
  operationName,
  variables = {},
  viewer = key,
  headers = {},
}: Asking): Promise<Admitted> {
  const caller = { identity: identityOf(viewer), requestId: 'test', headers };
  return opened.pipeline.admit({ query: text, operationName, variables }, caller);
}

async function keyOf(asking: Asking): Promise<string> {
  return planSubscription(await admit(asking), true).plan.shareKey;
}

const customer = formatId('cus', newUuid());
const filter = { customerId: customer };

test.each<[string, Asking, Asking]>([
  ['the cursor they resume from', { variables: { after: 'c1-1' } }, { variables: { after: 'c2-0' } }],
  ['a cursor and none', { variables: { after: 'c1-1' } }, {}],
  ['the order of variables', { variables: { filter, after: null } }, { variables: { after: null, filter } }],
  [
    'the order of input fields',
    { variables: { filter: { customerId: customer, accountId: null } } },
    { variables: { filter: { accountId: null, customerId: customer } } },
  ],
  ['variables that nobody reads', { variables: { filter, unread: 1 } }, { variables: { filter } }],
  [
    'the order of scopes',
    { viewer: { ...key, scopes: ['a', '*'] } },
    { viewer: { ...key, scopes: ['*', 'a'] } },
  ],
  ['the key, of one organization and scope', { viewer: { ...key, subjectId: 'other' } }, {}],
  ['a trace', { headers: { traceparent: '00-1-2-01' } }, { headers: { traceparent: '00-3-4-01' } }],
])('subscribers share messages whatever %s', async (_, one, other) => {
  expect(await keyOf(one)).toBe(await keyOf(other));
});

test.each<[string, Asking, Asking]>([
  ['operations', { text: `${TEXT} ` }, {}],
  [
    'filters',
    { variables: { filter } },
    { variables: { filter: { customerId: formatId('cus', newUuid()) } } },
  ],
  ['organizations', { viewer: { ...key, organizationId: newUuid() } }, {}],
  ['customers', { viewer: { ...key, customerId: newUuid() } }, {}],
  ['scopes', { viewer: { ...key, scopes: ['transactions:read'] } }, {}],
  ['headers for the subgraphs', { headers: { 'accept-language': 'de' } }, {}],
])('subscribers with other %s do not share', async (_, one, other) => {
  expect(await keyOf(one)).not.toBe(await keyOf(other));
});

test('a variable that a second operation of the document uses too is taken for part of what is shared', async () => {
  const operation = (name: string): string => TEXT.replace('subscription', `subscription ${name}`);
  const text = `${operation('A')} ${operation('B')}`;
  const one = await keyOf({ text, operationName: 'A', variables: { after: 'c1-1' } });
  expect(one).not.toBe(await keyOf({ text, operationName: 'A', variables: { after: 'c2-0' } }));
});

test('the operation says where it begins, before what the client says beside it', async () => {
  const position = { xid: 1n, seq: 1n };
  const admitted = await admit({ variables: { after: 'c1-1' } });
  expect(planSubscription(admitted, true, 'c9-9').after).toEqual(position);
  expect(planSubscription(await admit({}), true, 'c1-1').after).toEqual(position);
  expect(planSubscription(await admit({}), true).after).toBeNull();
});

test('a field may be aliased, and stand in fragments', async () => {
  const text = `subscription ($id: ID!) { ...A } fragment A on Subscription { ... on Subscription {
    update: transactionUpdated(id: $id, after: "c1-1") { cursor } } }`;
  const variables = { id: formatId('txn', newUuid()) };
  const { plan, after } = planSubscription(await admit({ text, variables }), true);
  expect([plan.field, after, plan.events?.organizationId]).toEqual([
    'transactionUpdated',
    { xid: 1n, seq: 1n },
    organizationId,
  ]);
});

test('without our events a stream is its subgraph’s own, and no argument of it is ours', async () => {
  const { plan, after } = planSubscription(await admit({ variables: { after: 'c1-1' } }), false, 'c9-9');
  expect([plan.events, plan.afterVariable, after]).toEqual([null, null, null]);
});

test.each([
  ['an id of another kind', { variables: { filter: { customerId: 'acc_1' } } }, 'BAD_USER_INPUT'],
  ['what is no cursor', { variables: { after: 'zzz' } }, 'BAD_USER_INPUT'],
  ['no scope for it', { viewer: { ...key, scopes: ['accounts:read'] } }, 'FORBIDDEN'],
])('a subscription with %s is refused', async (_, asking, code) => {
  const admitted = await admit(asking);
  expect(() => planSubscription(admitted, true)).toThrow(
    expect.objectContaining({ extensions: expect.objectContaining({ code }) }),
  );
});

test('a subscription to a field that the caller may not have is refused, and not sent with null', async () => {
  const admitted = await admit({});
  const [field] = admitted.operation.definition.selectionSet.selections;
  const denial = { code: 'FORBIDDEN', message: 'not yours', extensions: { scope: 'x' } } as const;
  const mask = { key: 'm', denied: new Map([[field as never, denial]]) };
  expect(() => planSubscription({ ...admitted, mask }, true)).toThrow('not yours');
});
