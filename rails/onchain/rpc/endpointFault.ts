export type FaultKind =
  /** No answer in time. */
  | 'TIMEOUT'
  /** No connection, or one that broke off. */
  | 'UNREACHABLE'
  /** An HTTP status that is none of success. */
  | 'HTTP'
  | 'RATE_LIMIT'
  /** It answers, and not as it should: no JSON, fields missing, another block than the one asked for. */
  | 'NONSENSE'
  /** An error that says nothing which we know. */
  | 'REFUSED'
  | 'WRONG_CHAIN'
  /** It does not know the method. */
  | 'UNSUPPORTED'
  /** It does not have that block or its state: behind, pruned, or on another branch. */
  | 'NOT_HERE'
  /** It will not give so much at once. */
  | 'TOO_LARGE';

/** Faults that an endpoint is not to blame for: another is asked, and this one stays in use. */
const BLAMELESS: ReadonlySet<FaultKind> = new Set(['UNSUPPORTED', 'NOT_HERE', 'TOO_LARGE']);

/** An answer of one endpoint that cannot be used. Its message is ours: what endpoints say may quote a URL or a key. */
export class EndpointFault extends Error {
  override readonly name = 'EndpointFault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind, detail = '') {
    super(detail === '' ? kind : `${kind} (${detail})`);
    this.kind = kind;
  }

  get isBlameless(): boolean {
    return BLAMELESS.has(this.kind);
  }
}

/** What a node says instead of a result. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
}

export type RpcAnswer = { readonly result: unknown } | { readonly error: RpcError };

const UNSUPPORTED_CODES: ReadonlySet<number> = new Set([-32601, -32004]);
const LIMIT_CODES: ReadonlySet<number> = new Set([-32005, -32029, 429]);
const NOT_HERE =
  /(header|block|state|hash) (is )?not (found|available|yet)|unknown block|unknown header|missing trie node|could not find block|state .{0,99}(pruned|unavailable)|block ?number .{0,99}(out of range|greater than)|BlockOutOfRange|no state available|old data not available/i;
const RATE =
  /rate.?limit|too many requests|quota|request count|compute units|throughput|throttl|capacity exceeded/i;
const TOO_LARGE =
  /more than \d+ (results|logs)|too (large|many|big) ?(results|logs|response)?|(response|result|query).{0,99}(exceed|limit|too)|exceed.{0,99}(results|logs|response|limit)|limit exceeded/i;

/** The fault in words of ours. A revert is none; whoever asks with a call looks for it first (`isRevert`). */
export function faultOf({ code, message }: RpcError): EndpointFault {
  const detail = `code ${code}`;
  if (UNSUPPORTED_CODES.has(code)) return new EndpointFault('UNSUPPORTED', detail);
  if (RATE.test(message)) return new EndpointFault('RATE_LIMIT', detail);
  if (NOT_HERE.test(message)) return new EndpointFault('NOT_HERE', detail);
  if (TOO_LARGE.test(message)) return new EndpointFault('TOO_LARGE', detail);
  if (LIMIT_CODES.has(code)) return new EndpointFault('RATE_LIMIT', detail);
  return new EndpointFault('REFUSED', detail);
}

/** The result. @throws {EndpointFault} for an error */
export function resultOf(answer: RpcAnswer | undefined): unknown {
  if (answer === undefined) throw new EndpointFault('NONSENSE', 'no answer to a call');
  if ('error' in answer) throw faultOf(answer.error);
  return answer.result;
}
