/** One event of a stream of server-sent events. */
export interface ServerSentEvent {
  /** Of its `event:` line; `message` without one. */
  readonly type: string;
  readonly data: string;
}

/** What comes is no such stream, or an event is longer than the limit. */
export class EventStreamError extends Error {
  override readonly name = 'EventStreamError';
}

const LINE_END = /\r\n|\n|\r/g;

/**
 * Reads `text/event-stream` (HTML living standard, section 9.2.6) piece by piece. Other than a browser's EventSource it
 * also tells of events without data, which is how "GraphQL over SSE" ends a stream.
 */
export class EventReader {
  readonly #eventLengthMax: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** What has come of a line that has not ended. */
  #pieces: string[] = [];
  #piecesLength = 0;
  /** A line feed that comes next belongs to the line end before it. */
  #endedInReturn = false;
  #type = '';
  #data: string[] = [];
  /** Of the event's lines that have ended. */
  #length = 0;

  /** @param eventLengthMax characters that one event may have */
  constructor(eventLengthMax: number) {
    this.#eventLengthMax = eventLengthMax;
  }

  /**
   * The events that end in `chunk`.
   *
   * @throws {EventStreamError} for what is no UTF-8, and for an event that is too long
   */
  read(chunk: Uint8Array): readonly ServerSentEvent[] {
    const text = this.#decode(chunk);
    const events: ServerSentEvent[] = [];
    let from = 0;
    if (text !== '') {
      if (this.#endedInReturn && text.startsWith('\n')) from = 1;
      this.#endedInReturn = text.endsWith('\r');
    }
    for (const match of text.slice(from).matchAll(LINE_END)) {
      const at = match.index + (text.length - match.input.length);
      this.#take(this.#pieces.join('') + text.slice(from, at), events);
      this.#pieces = [];
      this.#piecesLength = 0;
      from = at + match[0].length;
    }
    this.#pieces.push(text.slice(from));
    this.#piecesLength += text.length - from;
    this.#check(this.#piecesLength);
    return events;
  }

  #decode(chunk: Uint8Array): string {
    try {
      return this.#decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new EventStreamError('the stream is not UTF-8', { cause });
    }
  }

  #take(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      if (this.#type !== '' || this.#data.length > 0) {
        events.push({ type: this.#type || 'message', data: this.#data.join('\n') });
      }
      this.#type = '';
      this.#data = [];
      this.#length = 0;
      return;
    }
    this.#check(line.length);
    this.#length += line.length;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#type = value;
    if (field === 'data') this.#data.push(value);
  }

  #check(more: number): void {
    if (this.#length + more <= this.#eventLengthMax) return;
    throw new EventStreamError(`an event has more than ${this.#eventLengthMax} characters`);
  }
}
