/** What is wrong with a message, in one word. */
export type MessageFaultCode =
  /** More bytes, elements, levels or letters than are read. */
  | 'TOO_LARGE'
  /** Not UTF-8, or said to be something else. */
  | 'ENCODING'
  /** A document type, from which entities and outside files come; no message of a bank has one. */
  | 'DOCTYPE'
  | 'NOT_WELL_FORMED'
  /** Another message than was asked for, or another version of it. */
  | 'WRONG_MESSAGE'
  /** An element or value that the message's definition does not allow. */
  | 'STRUCTURE'
  /** A character that the receiving banks may not take. */
  | 'CHARACTERS'
  /** A count, sum or balance that is not what its parts come to. */
  | 'TOTALS'
  /** An id that has to be of one payment alone. */
  | 'DUPLICATE_ID';

export interface MessageFault {
  readonly code: MessageFaultCode;
  /** Where, as `Document/BkToCstmrStmt/Stmt[2]/Bal[1]/Amt`. */
  readonly path: string;
  /** As it stands there, 80 characters at most; null where nothing stands there. May be personal: not for logs. */
  readonly value: string | null;
  readonly expected: string;
}

const FAULTS_SHOWN_MAX = 20;

/** A message that cannot be believed, or written; nothing of it is taken. Its text has paths and no values. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
  readonly faults: readonly MessageFault[];

  constructor(faults: readonly MessageFault[]) {
    const lines = faults
      .slice(0, FAULTS_SHOWN_MAX)
      .map(({ code, path, expected }) => `- ${code} ${path}: expected ${expected}`);
    super(`the message has ${faults.length} fault(s):\n${lines.join('\n')}`);
    this.faults = faults;
  }
}
