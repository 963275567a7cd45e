/**
 * Why an embedded server could not be started. `message` is one or two sentences for the person at the terminal.
 *
 * - FOLDER_IN_USE: another live process holds the folder; stop it and retry.
 * - NOT_WRITABLE: the folder cannot be written, or its disk is full; a retry helps once that is repaired.
 * - DATA_DAMAGED: the data folder exists but is not usable; nothing was changed or deleted.
 * - UNSUPPORTED: there is no binary for this machine, or it cannot be run here; a retry does not help.
 * - START_FAILED: the server said no, or did not answer in time; its log is named in the message.
 */
export type EmbeddedServerErrorCode =
  | 'FOLDER_IN_USE'
  | 'NOT_WRITABLE'
  | 'DATA_DAMAGED'
  | 'UNSUPPORTED'
  | 'START_FAILED';

/** An operating fault of an embedded server, ready to be shown without its stack. */
export class EmbeddedServerError extends Error {
  readonly code: EmbeddedServerErrorCode;

  constructor(code: EmbeddedServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedServerError';
    this.code = code;
  }
}

/**
 * The errno name (`ENOSPC`, `EACCES`, ...) of a Node system error, or undefined for any other value. Not by
 * `instanceof`: under jest, Node's own errors come from another realm than the `Error` that our code sees.
 */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  return String(error.message);
}

/** Turns a file system refusal into a NOT_WRITABLE sentence about `path`; gives any other error back as it is. */
export function describeWriteFault(error: unknown, path: string): unknown {
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new EmbeddedServerError('NOT_WRITABLE', `The disk that holds ${path} is full.`, {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return new EmbeddedServerError(
        'NOT_WRITABLE',
        `${path} cannot be written by this user. Perhaps omsx was run as another user before; see who owns it.`,
        { cause: error },
      );
    default:
      return error;
  }
}
