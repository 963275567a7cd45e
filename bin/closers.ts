/** What was opened, to be closed in reverse order; also when opening the next thing fails. */
export class Closers {
  readonly #closers: (() => Promise<unknown>)[] = [];

  add<T extends { close(): Promise<unknown> }>(opened: T): T {
    this.#closers.push(() => opened.close());
    return opened;
  }

  /** Closes all, each also when another fails. @throws the first fault */
  async close(): Promise<void> {
    const faults: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      await close().catch((fault: unknown) => faults.push(fault));
    }
    if (faults.length > 0) throw faults[0];
  }
}

/** Runs `open` with fresh closers; when it fails, whatever it opened is closed again. */
export async function opening<T>(open: (closers: Closers) => Promise<T>): Promise<T> {
  const closers = new Closers();
  try {
    return await open(closers);
  } catch (error) {
    await closers.close().catch(() => undefined);
    throw error;
  }
}
