import { Gauge, type Registry } from 'prom-client';
import type { UnavailableReason } from '../transport/port.ts';
import { CellCounter, CellHistogram, type CounterCell, type HistogramCell } from './cells.ts';
import { SECONDS_BOUNDS } from './requestMetrics.ts';
import { TransportMetrics } from './transportMetrics.ts';

/** How a fetch ended: with data, with errors in it, or without an answer and why. */
export type FetchOutcome = 'OK' | 'ERRORS' | UnavailableReason;

export interface ObservedPlan {
  readonly isHit: boolean;
  /** Of a miss: how long planning and compiling took. */
  readonly ms: number;
  readonly hasFailed?: boolean;
}

/** Plans, and the subgraphs that they ask. Subgraphs are as many as the supergraph has, so each is a label. */
export class FetchMetrics {
  /** What transports count by themselves. */
  readonly transports: TransportMetrics;
  readonly #seconds: CellHistogram<'subgraph' | 'outcome'>;
  readonly #planSeconds: HistogramCell;
  readonly #planHits: CounterCell;
  readonly #planMisses: CounterCell;
  readonly #planFailures: CounterCell;
  readonly #cells = new Map<string, Map<FetchOutcome, HistogramCell>>();
  #planCacheSize: () => number = () => 0;

  constructor(registry: Registry) {
    this.transports = new TransportMetrics(registry);
    this.#seconds = new CellHistogram({
      name: 'omsx_router_fetch_seconds',
      help: 'Fetches of plans as they were asked for: retries are within, shared ones are counted each',
      labelNames: ['subgraph', 'outcome'],
      bounds: SECONDS_BOUNDS,
      registry,
    });
    const cache = new CellCounter({
      name: 'omsx_router_plan_cache_total',
      help: 'Executions by whether their plan was there',
      labelNames: ['result'],
      registry,
    });
    this.#planHits = cache.cell({ result: 'hit' });
    this.#planMisses = cache.cell({ result: 'miss' });
    this.#planFailures = new CellCounter({
      name: 'omsx_router_plan_failures_total',
      help: 'Operations that could not be planned',
      registry,
    }).cell({});
    this.#planSeconds = new CellHistogram({
      name: 'omsx_router_plan_seconds',
      help: 'Planning and compiling an operation',
      bounds: SECONDS_BOUNDS,
      registry,
    }).cell({});
    this.#gaugePlanCache(registry);
  }

  observeFetch(subgraph: string, outcome: FetchOutcome, seconds: number): void {
    let cells = this.#cells.get(subgraph);
    if (cells === undefined) {
      cells = new Map();
      this.#cells.set(subgraph, cells);
    }
    let cell = cells.get(outcome);
    if (cell === undefined) {
      cell = this.#seconds.cell({ subgraph, outcome: outcome.toLowerCase() });
      cells.set(outcome, cell);
    }
    cell.observe(seconds);
  }

  observePlan({ isHit, ms, hasFailed = false }: ObservedPlan): void {
    if (isHit) {
      this.#planHits.value++;
      return;
    }
    this.#planMisses.value++;
    if (hasFailed) this.#planFailures.value++;
    this.#planSeconds.observe(ms / 1_000);
  }

  /** @param size of the engine that is served now; asked at each scrape */
  watchPlanCache(size: () => number): void {
    this.#planCacheSize = size;
  }

  #gaugePlanCache(registry: Registry): void {
    const size = (): number => this.#planCacheSize();
    new Gauge({
      name: 'omsx_router_plan_cache_size',
      help: 'Plans that are kept',
      registers: [registry],
      collect() {
        this.set(size());
      },
    });
  }
}
