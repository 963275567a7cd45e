/** Requests that may be worked on at one time. Nobody waits for a slot: who gets none is told at once. */
export class Slots {
  #free: number;

  constructor(slots: number) {
    this.#free = slots;
  }

  /** False when none is free. */
  take(): boolean {
    if (this.#free <= 0) return false;
    this.#free--;
    return true;
  }

  give(): void {
    this.#free++;
  }
}
