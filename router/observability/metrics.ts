import { Registry } from 'prom-client';
import type { Feed } from '../../platform/feed/port.ts';
import { FetchMetrics } from './fetchMetrics.ts';
import { gaugeProcess } from './processMetrics.ts';
import { RequestMetrics } from './requestMetrics.ts';
import { gaugeFeed, StreamMetrics } from './streamMetrics.ts';

/** Adds metrics to those of a process. */
export type AddGauges = (registry: Registry) => void;

/** What a router tells Prometheus; docs/metrics.md says what each means and what to alert on. */
export interface RouterMetrics {
  /** What clients got: `observe`. */
  readonly requests: RequestMetrics;
  /** Plans and subgraphs: `observePlan`, `observeFetch` and what transports call back. */
  readonly fetches: FetchMetrics;
  /** Sockets, SSE streams, subscriptions and their messages. */
  readonly streams: StreamMetrics;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** A registry of its own, so that two routers of one process do not collide. @param feed null where there is none @param gauge adds more, of what this process does besides */
export function createMetrics(feed: Feed | null, gauge?: AddGauges): RouterMetrics {
  const registry = new Registry();
  if (feed !== null) gaugeFeed(registry, feed);
  gaugeProcess(registry);
  gauge?.(registry);
  return {
    requests: new RequestMetrics(registry),
    fetches: new FetchMetrics(registry),
    streams: new StreamMetrics(registry),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
