import { Counter, Gauge, type Registry } from 'prom-client';
import type { TransportStats } from '../transport/port.ts';

type ReadStats = () => TransportStats;

const BREAKER_VALUES: Readonly<Record<TransportStats['breakerState'], number>> = {
  CLOSED: 0,
  HALF_OPEN: 1,
  OPEN: 2,
};

/** What transports count by themselves, read at each scrape. */
export class TransportMetrics {
  /** By subgraph; one that is opened anew counts from zero, as a process that starts anew does. */
  readonly #read = new Map<string, ReadStats>();

  constructor(registry: Registry) {
    const transports = this.#read;
    const labelNames = ['subgraph'] as const;
    const registers = [registry];
    const counter = (name: string, help: string, read: (stats: TransportStats) => number): void => {
      new Counter({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const [subgraph, stats] of transports) this.inc({ subgraph }, read(stats()));
        },
      });
    };
    counter(
      'omsx_router_fetch_retries_total',
      'Requests to subgraphs that were sent again',
      ({ attempts, requests }) => attempts - requests,
    );
    counter(
      'omsx_router_fetches_shared_total',
      'Fetches that were answered with what an identical one under way got',
      ({ fetches, requests }) => fetches - requests,
    );
    counter(
      'omsx_router_fetch_response_bytes_total',
      'Bodies that subgraphs sent, as they came',
      ({ responseBytes }) => responseBytes,
    );
    new Gauge({
      name: 'omsx_router_breaker_state',
      help: 'Circuit breaker of the subgraph: 0 closed, 1 half open, 2 open',
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [subgraph, stats] of transports)
          this.set({ subgraph }, BREAKER_VALUES[stats().breakerState]);
      },
    });
  }

  watch(subgraph: string, stats: ReadStats): void {
    this.#read.set(subgraph, stats);
  }
}
