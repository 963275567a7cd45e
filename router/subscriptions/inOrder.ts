/** Lets pieces of work run at the same time, a bounded number of them, and hands their results on in order. */
export class InOrder<Value> {
  readonly #aheadMax: number;
  readonly #onFault: () => void;
  #last: Promise<void> = Promise.resolve();
  #underWay = 0;
  #wake: (() => void) | undefined;

  /** @param onFault called as soon as a piece has failed, so that a quiet stream need not wait to end */
  constructor(aheadMax: number, onFault: () => void) {
    this.#aheadMax = aheadMax;
    this.#onFault = onFault;
  }

  /** Resolves when the next piece may be added: at once, or when enough of those before have been handed on. */
  async add(work: Promise<Value>, handOn: (value: Value) => void | Promise<void>): Promise<void> {
    this.#underWay++;
    work.catch(this.#onFault);
    this.#last = this.#after(this.#last, work, handOn);
    this.#last.catch(this.#onFault);
    while (this.#underWay >= this.#aheadMax) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves when all has been handed on. @throws the first fault of a piece, or of handing on */
  end(): Promise<void> {
    return this.#last;
  }

  async #after(
    before: Promise<void>,
    work: Promise<Value>,
    handOn: (value: Value) => void | Promise<void>,
  ): Promise<void> {
    try {
      await before;
      await handOn(await work);
    } finally {
      this.#underWay--;
      this.#wake?.();
    }
  }
}
