/** Lets one waiter sleep until somebody rings or time is up. A ring that nobody waits for is remembered. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** True when it was rung, false when `timeoutMs` passed. One waiter at a time. */
  wait(timeoutMs: number): Promise<boolean> {
    if (this.#rung) {
      this.#rung = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        const rung = this.#rung;
        this.#rung = false;
        resolve(rung);
      };
      const timer = setTimeout(done, timeoutMs);
      this.#wake = done;
    });
  }
}
