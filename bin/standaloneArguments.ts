import { parseArgs } from 'node:util';
import type { SubscriberOptions } from '../router/transport/subscribe/subscriber.ts';

/** What `omsx router --supergraph FILE` was told. */
export interface StandaloneArguments {
  readonly supergraph: string;
  readonly port: number | undefined;
  readonly host: string | undefined;
  /** URLs by subgraph name, in place of those in the supergraph. */
  readonly subgraphUrls: ReadonlyMap<string, string>;
  /** Names of request headers that subgraphs get, in lower case. */
  readonly forwardedHeaders: readonly string[];
  readonly jwks: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly overrideLabels: ReadonlySet<string>;
  /** How a subgraph serves subscriptions, and where, if that is not where it answers. */
  readonly subscriptionsOf: (subgraph: string) => SubscriberOptions;
  /** The longest time for an answer of a subgraph. */
  readonly subgraphTimeoutMs: number | undefined;
  /** Whether subgraphs may compress their answers. */
  readonly compressedSubgraphs: boolean;
}

export const STANDALONE_USAGE = `omsx router --supergraph FILE [options]     a federation router in front of any subgraphs

  --supergraph FILE        supergraph SDL; reloaded when it changes
  --port N                 4000 unless set; 0 for any free one
  --host ADDRESS           127.0.0.1 unless set
  --subgraph NAME=URL      where a subgraph is, in place of the supergraph's URL; repeatable
  --forward-header NAME    request header that subgraphs get; repeatable; authorization unless any is named
  --jwks URL|FILE          keys that bearer tokens (JWT) are checked with
  --issuer TEXT            expected "iss" of tokens
  --audience TEXT          expected "aud" of tokens
  --override-label LABEL   a label of @override that holds; repeatable
  --subscriptions HOW      how subgraphs stream: ws (graphql-transport-ws) unless set, or sse
  --subscriptions NAME=HOW how one of them does; repeatable
  --subscription-url NAME=URL
                           where a subgraph streams, if not where it answers; repeatable
  --subgraph-timeout MS    how long a subgraph may take to answer, 10000 unless set
  --compress-subgraphs     let subgraphs compress their answers, for slow networks
`;

/** An argument is missing or malformed. The message names it. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

const PORT_MAX = 65_535;
const TIMEOUT_MS_MAX = 600_000;

/** @throws {ArgumentError} */
export function readStandaloneArguments(args: readonly string[]): StandaloneArguments {
  const { values } = parse(args);
  if (values.supergraph === undefined) throw new ArgumentError('--supergraph FILE is missing');
  return {
    supergraph: values.supergraph,
    port: values.port === undefined ? undefined : readPort(values.port),
    host: values.host,
    subgraphUrls: new Map((values.subgraph ?? []).map((text) => readNamedUrl('--subgraph', text))),
    forwardedHeaders: (values['forward-header'] ?? ['authorization']).map((name) => name.toLowerCase()),
    jwks: values.jwks,
    issuer: values.issuer,
    audience: values.audience,
    overrideLabels: new Set(values['override-label'] ?? []),
    subscriptionsOf: readSubscriptions(values.subscriptions ?? [], values['subscription-url'] ?? []),
    subgraphTimeoutMs:
      values['subgraph-timeout'] === undefined ? undefined : readTimeout(values['subgraph-timeout']),
    compressedSubgraphs: values['compress-subgraphs'] ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        supergraph: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        subgraph: { type: 'string', multiple: true },
        'forward-header': { type: 'string', multiple: true },
        jwks: { type: 'string' },
        issuer: { type: 'string' },
        audience: { type: 'string' },
        'override-label': { type: 'string', multiple: true },
        subscriptions: { type: 'string', multiple: true },
        'subscription-url': { type: 'string', multiple: true },
        'subgraph-timeout': { type: 'string' },
        'compress-subgraphs': { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new ArgumentError((error as Error).message);
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number.parseInt(text, 10) : -1;
  if (port < 0 || port > PORT_MAX) throw new ArgumentError(`--port is "${text}": expected 0 to ${PORT_MAX}`);
  return port;
}

function readTimeout(text: string): number {
  const ms = /^\d{1,6}$/.test(text) ? Number.parseInt(text, 10) : 0;
  if (ms < 1 || ms > TIMEOUT_MS_MAX)
    throw new ArgumentError(`--subgraph-timeout is "${text}": expected 1 to ${TIMEOUT_MS_MAX} milliseconds`);
  return ms;
}

function readNamedUrl(argument: string, text: string): readonly [string, string] {
  const [, name, url] = /^([^=]+)=((?:https?|wss?):\/\/.+)$/.exec(text) ?? [];
  const isFit =
    url !== undefined && URL.canParse(url) && (argument !== '--subgraph' || url.startsWith('http'));
  if (name === undefined || !isFit) {
    throw new ArgumentError(
      `${argument} is "${text}": expected NAME=URL, such as products=http://127.0.0.1:4001/graphql`,
    );
  }
  return [name, url];
}

function readSubscriptions(
  protocols: readonly string[],
  namedUrls: readonly string[],
): StandaloneArguments['subscriptionsOf'] {
  let byDefault = readProtocol('ws');
  const byName = new Map<string, SubscriberOptions['protocol']>();
  for (const text of protocols) {
    const [, name, how] = /^([^=]+)=(.*)$/.exec(text) ?? [];
    if (name === undefined || how === undefined) byDefault = readProtocol(text);
    else byName.set(name, readProtocol(how));
  }
  const urls = new Map(namedUrls.map((text) => readNamedUrl('--subscription-url', text)));
  return (subgraph) => {
    const protocol = byName.get(subgraph) ?? byDefault;
    const url = urls.get(subgraph);
    return url === undefined ? { protocol } : { protocol, url };
  };
}

function readProtocol(text: string): SubscriberOptions['protocol'] {
  if (text === 'ws') return 'graphql-transport-ws';
  if (text === 'sse') return text;
  throw new ArgumentError(`--subscriptions is "${text}": expected ws or sse`);
}
