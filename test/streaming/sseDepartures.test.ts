import { setTimeout as sleep } from 'node:timers/promises';
import { newUuid } from '../../platform/id.ts';
import { createViewerIdentifier } from '../../router/identity.ts';
import { createLocalTransport } from '../../router/transport/local.ts';
import { transportsBy } from '../harness/router.ts';
import { openRaw } from '../router/http/served.ts';
import { KEY, type RunningRouter, startTestRouter } from './routerHarness.ts';
import { createSmallWorld } from './subgraphs.ts';
import { waitFor } from './support.ts';

/** Clients that leave while their event stream is being made: nothing of it may stay behind. */
let running: RunningRouter;
/** What the next request waits for, and whether it waits now. */
let gate: Promise<void>;
let open: () => void;
let isWaiting: boolean;
let isSlowToIdentify = false;

async function pass(): Promise<void> {
  isWaiting = true;
  await gate;
}

beforeEach(async () => {
  isWaiting = false;
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const viewer = { organizationId: newUuid(), kind: 'KEY', subjectId: 'key', scopes: ['*'] } as const;
  const slow = Object.values(createSmallWorld().subgraphs).map((subgraph) => ({
    ...createLocalTransport(subgraph),
    async execute(request: Parameters<ReturnType<typeof createLocalTransport>['execute']>[0]) {
      await pass();
      return await createLocalTransport(subgraph).execute(request);
    },
  }));
  const authenticate = async (): Promise<typeof viewer> => {
    if (isSlowToIdentify) await pass();
    return viewer;
  };
  running = await startTestRouter(
    {},
    { identifier: createViewerIdentifier({ authenticate }), transportOf: transportsBy(slow) },
  );
});
afterEach(() => running.close());

async function askAndLeave(query: string): Promise<void> {
  const { socket } = await openRaw(Number(new URL(running.router.url).port));
  const body = JSON.stringify({ query });
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEY}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await waitFor('it to be under way', () => isWaiting);
  socket.destroy();
  await sleep(100);
  open();
  await sleep(200);
}

test.each([
  ['a subscription, before it was known who asks', true, 'subscription', 'transactionUpdates { cursor }'],
  ['a query, before its answer was there', false, 'query', 'organization { name }'],
])('%s', async (_, isSlow, kind, fields) => {
  isSlowToIdentify = isSlow;
  await askAndLeave(`${kind} Left { ${fields} }`);
  expect(await running.metric('omsx_router_sse_streams_open')).toBe(0);
  expect(await running.metric('omsx_router_subscriptions_open')).toBe(0);
  const noted = `omsx_router_request_seconds_count{operation="Left",kind="${kind}",status="4xx"}`;
  expect(await running.metric(noted)).toBe(1);
});
