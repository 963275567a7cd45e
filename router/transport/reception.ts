import type { Dispatcher } from 'undici';
import type { Reply } from './answer.ts';
import { connectionFault } from './faults.ts';
import { SubgraphUnavailableError } from './port.ts';

export interface ReceptionOptions {
  readonly name: string;
  /** A mutation is never handed to a second connection. */
  readonly isMutation: boolean;
  /** Of the body as it comes, before it is decompressed. */
  readonly bytesMax: number;
  readonly onReply: (reply: Reply) => void;
  /** With a SubgraphUnavailableError. */
  readonly onFault: (fault: SubgraphUnavailableError) => void;
}

/**
 * Takes in one response of undici, up to a number of bytes. Not `pool.request`, because a request that is given up while
 * it waits for a connection has no body yet to be destroyed, and an AbortSignal for each costs more than the rest of it.
 */
export class Reception implements Dispatcher.DispatchHandler {
  readonly #options: ReceptionOptions;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #mediaType = '';
  #encoding = '';
  #controller: Dispatcher.DispatchController | undefined;
  #abandoned: SubgraphUnavailableError | undefined;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** Handed to a connection, so the subgraph may have seen it. */
  get wasSent(): boolean {
    return this.#controller !== undefined;
  }

  /** Closes the connection, or keeps the request from being sent at all when it still waits for one. */
  abandon(fault: SubgraphUnavailableError): void {
    this.#abandoned = fault;
    this.#controller?.abort(fault);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { name, isMutation } = this.#options;
    if (this.#abandoned !== undefined) {
      controller.abort(this.#abandoned);
      return;
    }
    // undici may send again what was under way on a connection that it reset itself.
    if (isMutation && this.wasSent) {
      const fault = new SubgraphUnavailableError(`${name}: the connection was reset`, {
        reason: 'CONNECTION',
      });
      controller.abort(fault);
      return;
    }
    this.#controller = controller;
    this.#chunks.length = 0;
    this.#bytes = 0;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#mediaType = textOf(headers['content-type']).split(';', 1)[0]?.trim().toLowerCase() ?? '';
    this.#encoding = textOf(headers['content-encoding']).trim().toLowerCase();
    const length = Number(textOf(headers['content-length']));
    if (length > this.#options.bytesMax) controller.abort(this.#tooLarge());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.bytesMax) controller.abort(this.#tooLarge());
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first, ...rest] = this.#chunks;
    const body = rest.length === 0 && first ? first : Buffer.concat(this.#chunks, this.#bytes);
    const { onReply } = this.#options;
    onReply({ status: this.#status, mediaType: this.#mediaType, encoding: this.#encoding, body });
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#options.onFault(connectionFault(this.#options.name, error, this.wasSent));
  }

  #tooLarge(): SubgraphUnavailableError {
    const { name, bytesMax } = this.#options;
    const message = `${name}: the body has more than ${bytesMax} bytes`;
    return new SubgraphUnavailableError(message, { reason: 'TOO_LARGE', status: this.#status });
  }
}

function textOf(header: string | readonly string[] | undefined): string {
  if (header === undefined || typeof header === 'string') return header ?? '';
  return header.join(',');
}
