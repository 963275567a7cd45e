/**
 * Shares reads that have to be fresh: whoever asks gets what a read found that was begun after they asked. At most one
 * is under way and one waits for it, however many ask.
 */
export class NextRead<Result> {
  #underWay: Promise<unknown> | null = null;
  #next: Promise<Result> | null = null;

  get isIdle(): boolean {
    return this.#underWay === null;
  }

  /**
   * @param read begun once for all who ask before it begins, by the first of them
   * @throws whatever `read` throws, to all of them; ask again
   */
  ask(read: () => Promise<Result>): Promise<Result> {
    if (this.#underWay === null) return this.#begin(read);
    this.#next ??= this.#underWay.then(() => this.#begin(read));
    return this.#next;
  }

  #begin(read: () => Promise<Result>): Promise<Result> {
    this.#next = null;
    const reading = read();
    const ended = reading.then(noop, noop).then(() => {
      // Who waits for it begins within this very turn, before anybody else can ask.
      if (this.#underWay === ended && this.#next === null) this.#underWay = null;
    });
    this.#underWay = ended;
    return reading;
  }
}

function noop(): void {}
