import { type LogFn, type Logger, pino } from 'pino';
import { activeSpan } from './tracing.ts';

export type { Logger };

/** Names whose values never reach a log: at the top of a line or one level below, whatever object they hang in. */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'secret',
  'token',
  'password',
  'apiKey',
  'connectionParams',
  '["x-omsx-viewer"]',
  // What a client asks, and what a driver quotes of it: literals and values may be anybody's data.
  'variables',
  'query',
  'parameters',
  'values',
];

/** Of an error, what tells which one it is. Drivers hang the statement, its values and whole rows on theirs. */
const ERROR_FIELDS = [
  'code',
  'constraint',
  'table',
  'schema',
  'severity',
  'syscall',
  'reason',
  'status',
] as const;
const CAUSES_MAX = 3;
/** SQLSTATE class 22, data exceptions: their messages quote the value that did not fit. */
const QUOTES_VALUES = /^22...$/;

/**
 * Secrets that are known by their form, wherever in a line they stand: of an API key only what may be shown is left;
 * bearer tokens, JWTs and passwords in URLs go whole. What a client sends may be quoted in a line, so none of these may
 * look twice at the same text: a JWT is looked for among whole words, and a URL by what follows its scheme.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(sk_(?:test|live)_[0-9A-Za-z]+)_[0-9A-Za-z]+/g, '$1_[redacted]'],
  [/\b(Bearer|Basic) [\w.~+/=-]{16,}/gi, '$1 [redacted]'],
  [/(:\/\/[^\s"/@:]*):[^\s"/@]+@/g, '$1:[redacted]@'],
];
const JWT_BEGINS = 'eyJ';
const DOTTED_WORD = /(?<![\w.-])[\w.-]+/g;

export interface LoggerOptions {
  readonly level: string;
  readonly name: string;
  /** Takes the lines instead of stdout. */
  readonly write?: (line: string) => void;
}

/** JSON lines on stdout. Within a trace they carry its id; they never carry a secret or a value of a request. */
export function createLogger({ level, name, write }: LoggerOptions): Logger {
  const options = {
    name,
    level,
    redact: { paths: SECRET_NAMES.flatMap(pathsOf), censor: '[redacted]' },
    serializers: { err: describeError },
    mixin: traceFields,
    hooks: { streamWrite: withoutSecrets, logMethod: withMessage },
  };
  return write === undefined ? pino(options) : pino(options, { write });
}

function pathsOf(name: string): readonly string[] {
  return name.startsWith('[') ? [name, `*${name}`] : [name, `*.${name}`];
}

/** Ids of the trace that a line belongs to, under the names that OpenTelemetry gives them. */
function traceFields(): object {
  const span = activeSpan();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

/** For an error that comes without a message pino takes the error's own, and that may quote a value. */
function withMessage(this: Logger, args: Parameters<LogFn>, log: LogFn): void {
  const [first, ...rest] = args as readonly unknown[];
  const isBare = rest.length === 0 && typeof first === 'object' && first !== null;
  if (isBare && (first instanceof Error || 'err' in first)) log.call(this, first, 'a fault');
  else log.apply(this, args);
}

function withoutSecrets(line: string): string {
  let text = line;
  for (const [pattern, replacement] of SECRETS) text = text.replace(pattern, replacement);
  if (!text.includes(JWT_BEGINS)) return text;
  return text.replace(DOTTED_WORD, (word) => (isLikeJwt(word) ? '[redacted]' : word));
}

/** Header, claims and signature, with dots between them, whatever stands before. */
function isLikeJwt(word: string): boolean {
  const begin = word.indexOf(JWT_BEGINS);
  return begin !== -1 && word.slice(begin).split('.', 3).length === 3;
}

function describeError(error: unknown): unknown {
  return error instanceof Error ? describe(error, 0) : error;
}

function describe(error: Error, depth: number): object {
  const fields = error as Error & Readonly<Record<string, unknown>>;
  const told = ERROR_FIELDS.flatMap((name) => {
    const value = fields[name];
    return typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [];
  });
  const { cause } = error;
  const tell = (text: string | undefined): string | undefined =>
    QUOTES_VALUES.test(String(fields.code)) ? text?.replace(/"[^"\n]*"/g, '"..."') : text;
  return {
    type: error.name,
    message: tell(error.message),
    stack: tell(error.stack),
    ...Object.fromEntries(told),
    ...(cause instanceof Error && depth < CAUSES_MAX ? { cause: describe(cause, depth + 1) } : {}),
  };
}
