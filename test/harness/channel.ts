/** The stream of one subscription. Not a generator, because one of those cannot be ended while it waits. */
export class Channel implements AsyncIterableIterator<unknown> {
  readonly name: string;
  readonly #onEnd: () => void;
  readonly #buffer: IteratorResult<unknown>[] = [];
  #waiter: ((result: IteratorResult<unknown>) => void) | undefined;

  constructor(name: string, onEnd: () => void) {
    this.name = name;
    this.#onEnd = onEnd;
  }

  put(result: IteratorResult<unknown>): void {
    if (this.#waiter === undefined) this.#buffer.push(result);
    else this.#waiter(result);
    this.#waiter = undefined;
  }

  next(): Promise<IteratorResult<unknown>> {
    const first = this.#buffer.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }

  return(): Promise<IteratorResult<unknown>> {
    this.#onEnd();
    this.put({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
