import type { Feed, FeedStatus } from '../../platform/feed/port.ts';
import type { Operation } from '../operation/operation.ts';
import { createMetrics } from './metrics.ts';
import { OPERATION_NAMES_MAX } from './operationNames.ts';

const named = (name: string, kind = 'query'): Operation => ({ name, kind }) as Operation;
const answered = { status: 200, seconds: 0.002, codes: [], isRefusal: false };

test('every metric has a name of ours, or one that dashboards for Node know', async () => {
  const counts = { subscribers: 3, overflows: 2, gapsFilled: 1, pagesRead: 4, heldEvents: 5, heldBytes: 600 };
  const status: FeedStatus = { ...counts, source: 'OUTBOX', lagMs: 250 };
  const metrics = createMetrics({ status: () => status } as Feed);
  const text = await metrics.text();
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(names.filter((name) => !/^(omsx_(router|feed)|process|nodejs)_/.test(String(name)))).toEqual([]);
  expect(text).toContain('\nomsx_feed_lag_seconds 0.25\n');
  expect(text).toContain('\nomsx_feed_overflows 2\n');
  expect(text).toContain('\nomsx_feed_pages_read 4\n');
  expect(text).toContain('\nomsx_router_messages_sent_total 0\n');
});

test('two routers of one process do not collide', async () => {
  const [one, other] = [createMetrics(null), createMetrics(null)];
  one.streams.messageSent();
  expect(await one.text()).toContain('\nomsx_router_messages_sent_total 1\n');
  expect(await other.text()).toContain('\nomsx_router_messages_sent_total 0\n');
  expect(await one.text()).not.toContain('omsx_feed_');
});

test('the labels of requests are bounded, however many names and codes clients and subgraphs make up', async () => {
  const { requests, text } = createMetrics(null);
  for (let index = 0; index < OPERATION_NAMES_MAX * 3; index++) {
    requests.observe({ ...answered, operation: named(`Name${index}`), codes: [`CODE_${index}`] });
  }
  const metrics = await text();
  const count = (pattern: RegExp): number => [...metrics.matchAll(pattern)].length;
  expect(count(/^omsx_router_request_seconds_count/gm)).toBe(OPERATION_NAMES_MAX + 1);
  expect(metrics).toContain(
    `request_seconds_count{operation="other",kind="query",status="2xx"} ${OPERATION_NAMES_MAX * 2}`,
  );
  expect(count(/^omsx_router_errors_total/gm)).toBe(1);
  expect(metrics).toContain(`omsx_router_errors_total{code="OTHER"} ${OPERATION_NAMES_MAX * 3}`);
});

test('a refusal is counted by the code of its reason, with or without an operation', async () => {
  const { requests, text } = createMetrics(null);
  const refused = { ...answered, isRefusal: true };
  requests.observe({ ...refused, operation: null, status: 400, codes: ['GRAPHQL_PARSE_FAILED'] });
  requests.observe({ ...refused, operation: named('A'), status: 429, codes: ['RATE_LIMITED', 'FORBIDDEN'] });
  const metrics = await text();
  expect(metrics).toContain('omsx_router_refusals_total{code="GRAPHQL_PARSE_FAILED"} 1');
  expect(metrics).toContain('omsx_router_refusals_total{code="RATE_LIMITED"} 1');
  expect(metrics).not.toContain('refusals_total{code="FORBIDDEN"}');
  expect(metrics).toContain('omsx_router_errors_total{code="FORBIDDEN"} 1');
  expect(metrics).toContain('request_seconds_count{operation="none",kind="none",status="4xx"} 1');
});

test('costs, plans, fetches and what transports count are told apart', async () => {
  const { requests, fetches, text } = createMetrics(null);
  requests.observe({ ...answered, operation: named('A'), estimatedCost: 30, actualCost: 12 });
  fetches.observePlan({ isHit: false, ms: 4 });
  fetches.observePlan({ isHit: false, ms: 1, hasFailed: true });
  fetches.observePlan({ isHit: true, ms: 0 });
  fetches.watchPlanCache(() => 17);
  fetches.observeFetch('accounts', 'TIMEOUT', 3);
  const stats = {
    fetches: 10,
    requests: 7,
    attempts: 9,
    responseBytes: 1_000,
    breakerState: 'OPEN',
  } as const;
  fetches.transports.watch('accounts', () => stats);
  requests.countShared();
  const metrics = await text();
  for (const line of [
    'omsx_router_operation_cost_sum{of="estimate"} 30',
    'omsx_router_operation_cost_sum{of="actual"} 12',
    'omsx_router_plan_cache_total{result="hit"} 1',
    'omsx_router_plan_cache_total{result="miss"} 2',
    'omsx_router_plan_failures_total 1',
    'omsx_router_plan_seconds_sum 0.005',
    'omsx_router_plan_cache_size 17',
    'omsx_router_fetch_seconds_count{subgraph="accounts",outcome="timeout"} 1',
    'omsx_router_fetch_response_bytes_total{subgraph="accounts"} 1000',
    'omsx_router_fetch_retries_total{subgraph="accounts"} 2',
    'omsx_router_fetches_shared_total{subgraph="accounts"} 3',
    'omsx_router_requests_shared_total 1',
    'omsx_router_breaker_state{subgraph="accounts"} 2',
  ]) {
    expect(metrics.split('\n')).toContain(line);
  }
});

test('sockets, streams and messages are counted while they are there', async () => {
  const { streams, text } = createMetrics(null);
  streams.socketOpened();
  streams.socketOpened();
  streams.socketClosed(4401);
  streams.socketClosed(3_999);
  streams.streamOpened();
  streams.subscriptionOpened();
  streams.messageResolved(true);
  streams.observeReplay(0.2, 40);
  const lines = (await text()).split('\n');
  for (const line of [
    'omsx_router_sockets_open 0',
    'omsx_router_socket_closes_total{code="4401"} 1',
    'omsx_router_socket_closes_total{code="other"} 1',
    'omsx_router_sse_streams_open 1',
    'omsx_router_subscriptions_open 1',
    'omsx_router_resolutions_total{shared="yes"} 1',
    'omsx_router_resolutions_total{shared="no"} 0',
    'omsx_router_replay_seconds_count 1',
    'omsx_router_replayed_events_total 40',
  ]) {
    expect(lines).toContain(line);
  }
});
