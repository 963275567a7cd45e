import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Feed } from '../platform/feed/port.ts';

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a router tells Prometheus. A registry of its own, so that two routers of one process do not collide. */
export interface RouterMetrics {
  readonly requestSeconds: Histogram<'status'>;
  readonly subscriptionsOpen: Gauge;
  readonly messagesSent: Counter;
  readonly resolutions: Counter<'shared'>;
  readonly socketsOpen: Gauge;
  text(): Promise<string>;
}

export function createMetrics(feed: Feed): RouterMetrics {
  const registry = new Registry();
  const registers = [registry];
  const lag = new Gauge({
    name: 'omsx_feed_lag_seconds',
    help: 'From writing the latest event to handing it to subscribers',
    registers,
    collect() {
      this.set(feed.status().lagMs / 1_000);
    },
  });
  const overflows = new Gauge({
    name: 'omsx_feed_overflows',
    help: 'Times a slow subscriber was moved to replay',
    registers,
    collect() {
      this.set(feed.status().overflows);
    },
  });
  registry.registerMetric(lag);
  registry.registerMetric(overflows);
  return {
    requestSeconds: new Histogram({
      name: 'omsx_router_request_seconds',
      help: 'HTTP requests to the GraphQL endpoint, by status',
      labelNames: ['status'],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    subscriptionsOpen: new Gauge({
      name: 'omsx_router_subscriptions_open',
      help: 'Subscriptions open now',
      registers,
    }),
    messagesSent: new Counter({
      name: 'omsx_router_messages_sent_total',
      help: 'Subscription messages sent',
      registers,
    }),
    resolutions: new Counter({
      name: 'omsx_router_resolutions_total',
      help: 'Subscription messages by whether they were resolved anew or shared',
      labelNames: ['shared'],
      registers,
    }),
    socketsOpen: new Gauge({ name: 'omsx_router_sockets_open', help: 'WebSockets open now', registers }),
    text: () => registry.metrics(),
  };
}
