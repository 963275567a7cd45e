import { Gauge, type Registry } from 'prom-client';
import type { Feed } from '../../platform/feed/port.ts';
import { CellCounter, CellHistogram, type CounterCell, type HistogramCell } from './cells.ts';

/** Of RFC 6455 and graphql-transport-ws; any other is counted as `other`. */
const CLOSE_CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 4400, 4401, 4403, 4406, 4408, 4409,
  4429, 4499, 4500, 4503,
]);

const REPLAY_SECONDS_BOUNDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Sockets, streams and what is sent over them. */
export class StreamMetrics {
  readonly #sockets: Gauge;
  readonly #streams: Gauge;
  readonly #subscriptions: Gauge;
  readonly #closes: CellCounter<'code'>;
  readonly #messages: CounterCell;
  readonly #resolved: CounterCell;
  readonly #shared: CounterCell;
  readonly #replaySeconds: HistogramCell;
  readonly #replayed: CounterCell;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string): CounterCell =>
      new CellCounter({ name, help, registry }).cell({});
    this.#sockets = new Gauge({ name: 'omsx_router_sockets_open', help: 'WebSockets open now', registers });
    this.#streams = new Gauge({
      name: 'omsx_router_sse_streams_open',
      help: 'SSE streams open now',
      registers,
    });
    this.#subscriptions = new Gauge({
      name: 'omsx_router_subscriptions_open',
      help: 'Subscriptions open now',
      registers,
    });
    this.#closes = new CellCounter({
      name: 'omsx_router_socket_closes_total',
      help: 'WebSockets closed, by close code',
      labelNames: ['code'],
      registry,
    });
    this.#messages = counter('omsx_router_messages_sent_total', 'Subscription messages sent');
    const resolutions = new CellCounter({
      name: 'omsx_router_resolutions_total',
      help: 'Subscription messages by whether they were resolved anew or shared',
      labelNames: ['shared'],
      registry,
    });
    this.#resolved = resolutions.cell({ shared: 'no' });
    this.#shared = resolutions.cell({ shared: 'yes' });
    this.#replaySeconds = new CellHistogram({
      name: 'omsx_router_replay_seconds',
      help: 'From resuming at a cursor, or falling behind, to being live again',
      bounds: REPLAY_SECONDS_BOUNDS,
      registry,
    }).cell({});
    this.#replayed = counter('omsx_router_replayed_events_total', 'Events that were sent from the outbox');
  }

  socketOpened(): void {
    this.#sockets.inc();
  }

  socketClosed(code: number): void {
    this.#sockets.dec();
    this.#closes.cell({ code: CLOSE_CODES.has(code) ? String(code) : 'other' }).add();
  }

  streamOpened(): void {
    this.#streams.inc();
  }

  streamClosed(): void {
    this.#streams.dec();
  }

  subscriptionOpened(): void {
    this.#subscriptions.inc();
  }

  subscriptionClosed(): void {
    this.#subscriptions.dec();
  }

  messageSent(count = 1): void {
    this.#messages.value += count;
  }

  /** Messages of subscriptions: worked out for this subscriber, or what another got. */
  messageResolved(isShared: boolean, count = 1): void {
    if (isShared) this.#shared.value += count;
    else this.#resolved.value += count;
  }

  observeReplay(seconds: number, events: number): void {
    this.#replaySeconds.observe(seconds);
    this.#replayed.value += events;
  }
}

/** What the platform's feed says of itself, asked at each scrape. */
export function gaugeFeed(registry: Registry, feed: Feed): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge(
    'omsx_feed_lag_seconds',
    'From writing the latest event to handing it to subscribers',
    () => feed.status().lagMs / 1_000,
  );
  gauge('omsx_feed_overflows', 'Times a slow subscriber was moved to replay', () => feed.status().overflows);
  gauge(
    'omsx_feed_gaps_filled',
    'Times events that Redis did not have were read from the outbox',
    () => feed.status().gapsFilled,
  );
  gauge(
    'omsx_feed_pages_read',
    'Pages of events read from the outbox for replays',
    () => feed.status().pagesRead,
  );
  gauge('omsx_feed_held_events', 'Recent events that replays need not read', () => feed.status().heldEvents);
  gauge('omsx_feed_held_bytes', 'The same in bytes of JSON', () => feed.status().heldBytes);
  gauge('omsx_feed_subscribers', 'Subscribers of the feed now', () => feed.status().subscribers);
  gauge('omsx_feed_from_outbox', '1 when live events come from the outbox, 0 from Redis', () =>
    feed.status().source === 'OUTBOX' ? 1 : 0,
  );
}
