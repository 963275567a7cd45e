import type { GraphQLFormattedError } from 'graphql';
import { ORIGIN, type Position } from '../../platform/cursor.ts';
import type { Identity } from '../caller.ts';
import type { StreamedMessage } from './message.ts';
import type { StreamPlan } from './plan.ts';

/** Where the messages of one subscription go: an operation of a socket, an event stream. */
export interface Sink {
  /** False while what was sent fills the buffer because the network has not taken it. */
  hasRoom(): boolean;
  /** Calls `wake` once when there is room again; never when the connection ends before. */
  onRoom(wake: () => void): void;
  /** The stream is established, perhaps with nothing to say yet. May be told again. */
  opened(): void;
  send(message: StreamedMessage): void;
  /** Ends the stream. */
  fail(errors: readonly GraphQLFormattedError[]): void;
  /** Ends the stream: there will be no more. */
  complete(): void;
}

/** Who subscribed, the same object for all streams of one connection. */
export interface Asker {
  readonly identity: Identity;
  /** Headers for the subgraphs, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a subscriber belongs to. */
export interface Home {
  readonly plan: StreamPlan;
  leave(subscriber: Subscriber): void;
}

/** One subscription of one client. Ten thousand of them may be open, so it holds no more than it must. */
export class Subscriber {
  readonly sink: Sink;
  asker: Asker;
  home: Home | null = null;
  /** It has everything up to here. */
  position: Position = ORIGIN;
  /** Whether `position` is known to be one that this deployment gave. */
  isPlaced = false;
  /** Whether the state as it is comes first. */
  wantsFirst = false;
  hasEnded = false;

  constructor(sink: Sink, asker: Asker) {
    this.sink = sink;
    this.asker = asker;
  }

  send(message: StreamedMessage): void {
    this.sink.send(message);
    this.placeAt(message.position);
    this.wantsFirst = false;
  }

  /** Everything up to `position` has been sent, or did not concern it. */
  placeAt(position: Position): void {
    this.position = position;
    this.isPlaced = true;
  }
}
