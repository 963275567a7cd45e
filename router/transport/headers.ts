export const REQUEST_ID_HEADER = 'x-request-id';

/** What belongs to a connection or is decided by the router: never taken from the headers of a caller. */
const OWN = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  REQUEST_ID_HEADER,
]);
/** Ours towards our own subgraphs (the signed Viewer, the deadline): nobody sets them from outside. */
const OWN_PREFIX = 'x-omsx-';
const SOCKET_PREFIX = 'sec-websocket-';
/** W3C trace context: it says who asked for the trace, and never changes an answer. */
const TRACE = new Set(['traceparent', 'tracestate']);

interface Forwarded {
  /** Names and values by turns. */
  readonly flat: readonly string[];
  readonly identity: string;
}

/** All fetches of one request carry the same headers object. */
const known = new WeakMap<Readonly<Record<string, string>>, Forwarded>();

/** The headers of a caller that go to the subgraph, names and values by turns. */
export function forwardedHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return forwardedOf(headers).flat;
}

/** Equal for headers that can lead to no different answers. */
export function identityOfHeaders(headers: Readonly<Record<string, string>>): string {
  return forwardedOf(headers).identity;
}

/** As `identityOfHeaders`, as an object: for a connection that requests with other traces share. */
export function untracedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(entriesOf(headers).filter(([name]) => !TRACE.has(name)));
}

function forwardedOf(headers: Readonly<Record<string, string>>): Forwarded {
  const found = known.get(headers);
  if (found !== undefined) return found;
  const entries = entriesOf(headers);
  const untraced = entries.filter(([name]) => !TRACE.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const forwarded = {
    flat: entries.flat(),
    identity: untraced.length === 0 ? '' : JSON.stringify(untraced),
  };
  known.set(headers, forwarded);
  return forwarded;
}

function entriesOf(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => !OWN.has(name) && !name.startsWith(OWN_PREFIX) && !name.startsWith(SOCKET_PREFIX));
}
