import { ApiError } from '../../platform/errors.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { Identity } from '../../router/caller.ts';
import { type Identifier, identityOf, nobody } from '../../router/identity.ts';
import { connect, connectAs, type RawClient, type RunningRouter, startTestRouter } from './routerHarness.ts';
import { transactionPayload } from './subgraphs.ts';
import { append, newEvent, pause, waitFor } from './support.ts';

/** Goal: a socket outlives its token when the client brings another, and never outlives all of them. */
let running: RunningRouter;
/** By token; taken away to revoke it. */
const identities = new Map<string, Identity>();

const identifier: Identifier = {
  async identify(token, address) {
    if (token === null) return nobody(address);
    const identity = identities.get(token);
    if (identity !== undefined) return identity;
    throw new ApiError('UNAUTHENTICATED', 'The credentials are unknown, expired or revoked.');
  },
};

beforeAll(async () => {
  running = await startTestRouter({}, { identifier });
});
afterAll(() => running.close());

let tokens = 0;

function issue(change: Partial<Viewer> = {}, livesMs: number | null = null): string {
  const token = `token_${++tokens}`;
  const viewer: Viewer = {
    organizationId: running.organizationId,
    kind: 'CLIENT',
    subjectId: 'subject',
    scopes: ['*'],
    ...change,
  };
  const expiresAtMs = livesMs === null ? null : Date.now() + livesMs;
  identities.set(token, { ...identityOf(viewer), expiresAtMs });
  return token;
}

function completed(version: number, subjects: readonly Uuid[] = []): NewEvent {
  const aggregateId = newUuid();
  const payload = transactionPayload(aggregateId, version);
  return newEvent(running.organizationId, {
    type: 'TransactionCompleted',
    aggregateId,
    version,
    payload,
    subjects,
  });
}

const UPDATES = 'subscription { transactionUpdates { cursor event { version } } }';

async function watch(client: RawClient, query = UPDATES, id = 's'): Promise<void> {
  client.send({ id, type: 'subscribe', payload: { query } });
  await waitFor('the first message', () => client.messages.some((message) => message.id === id));
}

function versions(client: RawClient, id = 's'): readonly (number | undefined)[] {
  return client.messages
    .filter((message) => message.type === 'next' && message.id === id)
    .slice(1)
    .map(
      ({ payload }) =>
        (payload as { data: { transactionUpdates: { event: { version: number } } } }).data.transactionUpdates
          .event.version,
    );
}

async function refresh(client: RawClient, token: string): Promise<unknown> {
  const before = client.messages.filter(({ type }) => type === 'pong').length;
  client.send({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
  return (await client.next('pong', before + 1)).at(-1)?.payload;
}

test('a token that comes in time carries the stream past the end of the one before', async () => {
  const client = await connectAs(running.router.wsUrl, issue({}, 1_500));
  await watch(client);
  await append(running.database.writer, [completed(1)]);
  const expiresAt = new Date(identities.get(issue({}, 60_000))?.expiresAtMs ?? 0).toISOString();
  expect(await refresh(client, `token_${tokens}`)).toEqual({ authorized: true, expiresAt });
  await pause(2_500);
  await append(running.database.writer, [completed(2)]);
  await waitFor('both', () => versions(client).length === 2);
  expect(versions(client)).toEqual([1, 2]);
  client.socket.close();
});

test('a token says when it ends in the acknowledgement, and the server hints shortly before', async () => {
  const token = issue({}, 11_000);
  const client = await connect(running.router.wsUrl);
  client.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  const [ack] = await client.next('connection_ack');
  expect(ack?.payload).toEqual({
    expiresAt: new Date(identities.get(token)?.expiresAtMs ?? 0).toISOString(),
  });
  const [hint] = await client.next('ping');
  const { expiresInMs } = (hint?.payload ?? {}) as { expiresInMs: number };
  expect(expiresInMs).toBeGreaterThan(5_000);
  expect(expiresInMs).toBeLessThanOrEqual(10_000);
  client.socket.close();
});

test('without another token the socket ends with 4403 when its own does', async () => {
  const client = await connectAs(running.router.wsUrl, issue({}, 1_000));
  await watch(client);
  const startedAtMs = Date.now();
  expect(await client.closed).toEqual({ code: 4403, reason: 'Credentials have expired' });
  const tookMs = Date.now() - startedAtMs;
  expect(tookMs).toBeGreaterThan(500);
  expect(tookMs).toBeLessThan(3_000);
});

test.each(['unheard of', ''])(
  'the bad token "%s" is refused and leaves the old one in place',
  async (bad) => {
    const client = await connectAs(running.router.wsUrl, issue());
    await watch(client);
    expect(await refresh(client, bad)).toMatchObject({
      authorized: false,
      code: 'UNAUTHENTICATED',
      reason: expect.any(String),
    });
    await append(running.database.writer, [completed(1)]);
    await waitFor('the event', () => versions(client).length === 1);
    client.socket.close();
  },
);

test('a token of another organization is refused: its streams would be somebody else’s', async () => {
  const client = await connectAs(running.router.wsUrl, issue());
  await watch(client);
  expect(await refresh(client, issue({ organizationId: newUuid() }))).toMatchObject({
    authorized: false,
    code: 'FORBIDDEN',
  });
  await append(running.database.writer, [completed(1)]);
  await waitFor('the event', () => versions(client).length === 1);
  client.socket.close();
});

test('with a token that sees less the streams see less, with one that sees more they see more, and lose nothing', async () => {
  const customerId = newUuid();
  const client = await connectAs(running.router.wsUrl, issue());
  await watch(client);
  await append(running.database.writer, [completed(1), completed(2, [customerId])]);
  await waitFor('both', () => versions(client).length === 2);
  await refresh(client, issue({ customerId }));
  await append(running.database.writer, [completed(3), completed(4, [customerId])]);
  await waitFor('the one', () => versions(client).length === 3);
  await refresh(client, issue());
  await append(running.database.writer, [completed(5)]);
  await waitFor('the last', () => versions(client).at(-1) === 5);
  // What the narrow token did not see before is not told afterwards.
  expect(versions(client)).toEqual([1, 2, 4, 5]);
  client.socket.close();
});

test('a stream that the new token does not suffice for ends with an error, the others and the socket go on', async () => {
  const client = await connectAs(running.router.wsUrl, issue());
  const BALANCE =
    'subscription { balanceUpdates(accountId: "acc_01jx5c9v7ye8r9a1nq0bz3m4kd") { cursor account { id } } }';
  await watch(client);
  await watch(client, BALANCE, 'b');
  expect(await refresh(client, issue({ scopes: ['accounts:read'] }))).toMatchObject({ authorized: true });
  const [error] = await client.next('error');
  expect(error).toMatchObject({
    id: 's',
    payload: [{ extensions: { code: 'FORBIDDEN', scope: 'transactions:read' } }],
  });
  client.send({ id: 'q', type: 'subscribe', payload: { query: '{ organization { name } }' } });
  await client.next('complete');
  expect(client.messages.filter(({ id, type }) => id === 'b' && type !== 'next')).toEqual([]);
  client.socket.close();
});

test('the token that was replaced may end or be revoked; the one that replaced it may not', async () => {
  const [before, after] = [issue(), issue()];
  const client = await connectAs(running.router.wsUrl, before);
  await refresh(client, after);
  identities.delete(before);
  await pause(4_500);
  expect(client.socket.readyState).toBe(client.socket.OPEN);
  const revokedAtMs = Date.now();
  identities.delete(after);
  expect(await client.closed).toEqual({ code: 4403, reason: 'Credentials have ended' });
  expect(Date.now() - revokedAtMs).toBeLessThan(5_000);
}, 20_000);

test('before the acknowledgement a ping with a token is a ping like others', async () => {
  const client = await connect(running.router.wsUrl);
  expect(await refresh(client, issue())).toEqual({ authorization: `Bearer token_${tokens}` });
  client.socket.close();
});
