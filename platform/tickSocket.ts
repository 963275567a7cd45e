import { Socket } from 'node:net';

type Written = (error?: Error | null) => void;

/**
 * A socket to Postgres that hands over with one system call what is written within one tick. The driver writes each statement
 * by itself, and a batch of commands sends some forty of them at once: their system calls took more of our thread than
 * anything else did. Nothing waits for longer than until the tick has ended.
 */
export class TickSocket extends Socket {
  #isHeld = false;

  override write(data: Uint8Array | string, encoding?: BufferEncoding | Written, written?: Written): boolean {
    this.#hold();
    // The two ways to give a callback are one to what is called.
    return super.write(data, encoding as BufferEncoding, written);
  }

  #hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.cork();
    process.nextTick(() => {
      this.#isHeld = false;
      this.uncork();
    });
  }
}
