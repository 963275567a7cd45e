/** Bytes that all clients together may have in memory. */
export class Room {
  #bytesFree: number;

  constructor(bytesMax: number) {
    this.#bytesFree = bytesMax;
  }

  /** False, and nothing taken, when there are not so many. */
  take(bytes: number): boolean {
    if (bytes > this.#bytesFree) return false;
    this.#bytesFree -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytesFree += bytes;
  }
}
