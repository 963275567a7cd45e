import type { WebSocket } from 'ws';
import type { CredentialsEnd, Holder } from '../subscriptions/credentials.ts';
import type { StreamLimits } from '../subscriptions/limits.ts';
import type { Asker } from '../subscriptions/subscriber.ts';
import type { Unsent } from '../subscriptions/unsent.ts';
import { CLOSE, closeReason } from './closes.ts';

/** How far a socket has come: NEW -> INTRODUCED (its credentials are looked at) -> READY. */
export type Phase = 'NEW' | 'INTRODUCED' | 'READY';

/** What runs under an id. */
export interface RunningOperation {
  /** The client wants no more of it, or is gone. */
  stop(): void;
}

/** What is known of a client before it introduces itself. Nothing of the upgrade request is held on to but this. */
export interface Peer {
  readonly address: string;
  readonly authorization: string | undefined;
  /** Headers of the upgrade that the subgraphs get. */
  readonly headers: Readonly<Record<string, string>>;
}

const ENDS: Readonly<Record<CredentialsEnd, { readonly code: number; readonly reason: string }>> = {
  EXPIRED: { code: CLOSE.FORBIDDEN, reason: 'Credentials have expired' },
  REVOKED: { code: CLOSE.FORBIDDEN, reason: 'Credentials have ended' },
  CHANGED: { code: CLOSE.FORBIDDEN, reason: 'Credentials have changed' },
  UNCHECKED: { code: CLOSE.TRY_AGAIN_LATER, reason: 'Credentials cannot be checked' },
};
const MS = 1_000;
const TEXT = Object.freeze({ binary: false, compress: false });
/** Written through at one go, so that a reader is not woken for each frame that leaves. */
const ROOM_SHARE = 0.5;

/** One client's socket: who it speaks for, what runs on it, and how much of what was sent it has not taken. */
export class Session implements Holder {
  readonly socket: WebSocket;
  readonly peer: Peer;
  readonly operations = new Map<string, RunningOperation>();
  phase: Phase = 'NEW';
  asker: Asker | null = null;
  token: string | null = null;
  /** Whether the last ping was answered. */
  isAlive = true;
  readonly #limits: StreamLimits;
  readonly #unsent: Unsent;
  #unsentBytes = 0;
  #unsentMessages = 0;
  #wakes: (() => void)[] = [];
  #messagesLeft: number;
  #messagesCountedAtMs = performance.now();
  readonly #onWritten = (): void => this.#written();

  constructor(socket: WebSocket, peer: Peer, limits: StreamLimits, unsent: Unsent) {
    this.socket = socket;
    this.peer = peer;
    this.#limits = limits;
    this.#unsent = unsent;
    this.#messagesLeft = limits.messagesAtOnceMax;
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  hasRoom(): boolean {
    return (
      this.#unsentMessages < this.#limits.unsentMessagesMax &&
      this.socket.bufferedAmount < this.#unsent.allowance
    );
  }

  onRoom(wake: () => void): void {
    this.#wakes.push(wake);
    // Nothing is on its way that would tell: the room was taken by others meanwhile.
    if (this.#unsentMessages === 0) setImmediate(() => this.#wakeWhoWaits());
  }

  /** Sends a whole message. A client that asks and does not read is cut off rather than served from memory. */
  send(message: string | Buffer): void {
    if (!this.isOpen) return;
    const { unreadBytesMax, unsentBytesMax } = this.#limits;
    const bytesMax = this.phase === 'READY' ? unreadBytesMax : unsentBytesMax;
    if (this.socket.bufferedAmount > bytesMax) {
      this.socket.terminate();
      return;
    }
    this.#unsentMessages++;
    this.socket.send(message, TEXT, this.#onWritten);
    this.#count();
  }

  /** Counts a message of the client; false when they are too many. */
  takeMessage(): boolean {
    const { messagesPerSecondMax, messagesAtOnceMax } = this.#limits;
    const nowMs = performance.now();
    const earned = ((nowMs - this.#messagesCountedAtMs) / MS) * messagesPerSecondMax;
    this.#messagesLeft = Math.min(this.#messagesLeft + earned, messagesAtOnceMax) - 1;
    this.#messagesCountedAtMs = nowMs;
    return this.#messagesLeft >= 0;
  }

  credentialsEnded(why: CredentialsEnd): void {
    this.close(ENDS[why].code, ENDS[why].reason);
  }

  credentialsExpire(expiresInMs: number): void {
    this.send(JSON.stringify({ type: 'ping', payload: { expiresInMs: Math.round(expiresInMs) } }));
  }

  close(code: number, reason: string): void {
    this.socket.close(code, closeReason(reason));
  }

  /** The socket is closed: stops what runs. */
  ended(): void {
    this.#wakes = [];
    this.#unsent.add(-this.#unsentBytes);
    this.#unsentBytes = 0;
    const running = [...this.operations.values()];
    this.operations.clear();
    for (const operation of running) operation.stop();
  }

  #written(): void {
    if (this.#unsentMessages > 0) this.#unsentMessages--;
    this.#count();
    this.#wakeWhoWaits();
  }

  #wakeWhoWaits(): void {
    if (this.#wakes.length === 0 || !this.isOpen) return;
    const { unsentMessagesMax } = this.#limits;
    if (this.#unsentMessages > unsentMessagesMax * ROOM_SHARE) return;
    if (this.socket.bufferedAmount > this.#unsent.allowance * ROOM_SHARE) return;
    const wakes = this.#wakes;
    this.#wakes = [];
    for (const wake of wakes) wake();
  }

  #count(): void {
    if (!this.isOpen) return;
    const bytes = this.socket.bufferedAmount;
    this.#unsent.add(bytes - this.#unsentBytes);
    this.#unsentBytes = bytes;
  }
}
