import type { Registry } from 'prom-client';
import { isPublicCode } from '../errors.ts';
import type { Operation } from '../operation/operation.ts';
import { CellCounter, CellHistogram, type CounterCell, type HistogramCell } from './cells.ts';
import { OperationNames } from './operationNames.ts';

export interface ObservedRequest {
  /** Null when the request was refused before it was known to be one. */
  readonly operation: Operation | null;
  /** As HTTP says it; 200 for what a socket or a stream was answered. */
  readonly status: number;
  readonly seconds: number;
  /** Distinct `extensions.code` of the errors in the answer. */
  readonly codes: readonly string[];
  /** The answer is nothing but errors: it was not executed. */
  readonly isRefusal: boolean;
  readonly estimatedCost?: number | undefined;
  readonly actualCost?: number | undefined;
}

export const SECONDS_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const COST_BOUNDS = [1, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000];
/** Where an operation was never known. */
const NONE = 'none';

/** What clients get: how fast, how often not, and what it weighs. */
export class RequestMetrics {
  readonly names: OperationNames;
  readonly #seconds: CellHistogram<'operation' | 'kind' | 'status'>;
  readonly #errors: ReadonlyCounts;
  readonly #refusals: ReadonlyCounts;
  readonly #shared: CounterCell;
  readonly #estimated: HistogramCell;
  readonly #actual: HistogramCell;
  /** By class of status. An operation is the same object for as long as it is kept. */
  readonly #cells = new WeakMap<Operation, (HistogramCell | undefined)[]>();
  readonly #cellsOfNone: (HistogramCell | undefined)[] = [];

  constructor(registry: Registry, names = new OperationNames()) {
    this.names = names;
    this.#seconds = new CellHistogram({
      name: 'omsx_router_request_seconds',
      help: 'Answering an operation, or one message of a subscription',
      labelNames: ['operation', 'kind', 'status'],
      bounds: SECONDS_BOUNDS,
      registry,
    });
    this.#errors = countsByCode(
      'omsx_router_errors_total',
      'Answers that hold an error of this code',
      registry,
    );
    this.#refusals = countsByCode(
      'omsx_router_refusals_total',
      'Operations that were refused before anything was executed, by the code of the reason',
      registry,
    );
    this.#shared = new CellCounter({
      name: 'omsx_router_requests_shared_total',
      help: 'Requests that were answered with what an identical one of the same identity under way got',
      registry,
    }).cell({});
    const cost = new CellHistogram({
      name: 'omsx_router_operation_cost',
      help: 'What operations weigh, as estimated before and as counted in the answer',
      labelNames: ['of'],
      bounds: COST_BOUNDS,
      registry,
    });
    this.#estimated = cost.cell({ of: 'estimate' });
    this.#actual = cost.cell({ of: 'actual' });
  }

  observe(request: ObservedRequest): void {
    this.#cellOf(request.operation, request.status).observe(request.seconds);
    for (const code of request.codes) this.#errors(code).add();
    if (request.isRefusal) this.#refusals(request.codes[0] ?? '').add();
    if (request.estimatedCost !== undefined) this.#estimated.observe(request.estimatedCost);
    if (request.actualCost !== undefined) this.#actual.observe(request.actualCost);
  }

  /** A request that joined an identical one. It is observed as any other beside. */
  countShared(): void {
    this.#shared.value++;
  }

  #cellOf(operation: Operation | null, status: number): HistogramCell {
    const statusClass = Math.floor(status / 100);
    const cells = operation === null ? this.#cellsOfNone : this.#cellsOf(operation);
    const known = cells[statusClass];
    if (known !== undefined) return known;
    const cell = this.#seconds.cell({
      operation: operation === null ? NONE : this.names.labelOf(operation),
      kind: operation?.kind ?? NONE,
      status: `${statusClass}xx`,
    });
    cells[statusClass] = cell;
    return cell;
  }

  #cellsOf(operation: Operation): (HistogramCell | undefined)[] {
    const known = this.#cells.get(operation);
    if (known !== undefined) return known;
    const cells: (HistogramCell | undefined)[] = [];
    this.#cells.set(operation, cells);
    return cells;
  }
}

type ReadonlyCounts = (code: string) => CounterCell;

/** Codes that are ours or GraphQL's own have a count each; whatever a subgraph makes up is one together. */
function countsByCode(name: string, help: string, registry: Registry): ReadonlyCounts {
  const counter = new CellCounter({ name, help, labelNames: ['code'], registry });
  const cells = new Map<string, CounterCell>();
  return (code) => {
    const known = cells.get(code);
    if (known !== undefined) return known;
    if (!isPublicCode(code)) return counter.cell({ code: 'OTHER' });
    const cell = counter.cell({ code });
    cells.set(code, cell);
    return cell;
  };
}
