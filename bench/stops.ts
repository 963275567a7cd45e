/** Started parts, to be stopped in reverse order whatever happens between. */
export class Stops {
  readonly #steps: (() => Promise<void>)[] = [];

  add(stop: () => Promise<void>): void {
    this.#steps.push(stop);
  }

  /** Runs every step, also after one failed. @throws the first failure. */
  async run(): Promise<void> {
    let fault: unknown;
    for (const step of this.#steps.splice(0).reverse()) {
      await step().catch((error: unknown) => {
        fault ??= error;
      });
    }
    if (fault !== undefined) throw fault;
  }
}
