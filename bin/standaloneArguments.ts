import { parseArgs } from 'node:util';

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
  /** How subgraphs serve subscriptions. */
  readonly subscriptions: 'graphql-transport-ws' | 'sse';
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
`;

/** An argument is missing or malformed. The message names it. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

const PORT_MAX = 65_535;

/** @throws {ArgumentError} */
export function readStandaloneArguments(args: readonly string[]): StandaloneArguments {
  const { values } = parse(args);
  if (values.supergraph === undefined) throw new ArgumentError('--supergraph FILE is missing');
  return {
    supergraph: values.supergraph,
    port: values.port === undefined ? undefined : readPort(values.port),
    host: values.host,
    subgraphUrls: new Map((values.subgraph ?? []).map(readSubgraph)),
    forwardedHeaders: (values['forward-header'] ?? ['authorization']).map((name) => name.toLowerCase()),
    jwks: values.jwks,
    issuer: values.issuer,
    audience: values.audience,
    overrideLabels: new Set(values['override-label'] ?? []),
    subscriptions: readProtocol(values.subscriptions ?? 'ws'),
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
        subscriptions: { type: 'string' },
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

function readSubgraph(text: string): readonly [string, string] {
  const [, name, url] = /^([^=]+)=(https?:\/\/.+)$/.exec(text) ?? [];
  if (name === undefined || url === undefined || !URL.canParse(url)) {
    throw new ArgumentError(
      `--subgraph is "${text}": expected NAME=URL, such as products=http://127.0.0.1:4001/graphql`,
    );
  }
  return [name, url];
}

function readProtocol(text: string): StandaloneArguments['subscriptions'] {
  if (text === 'ws') return 'graphql-transport-ws';
  if (text === 'sse') return text;
  throw new ArgumentError(`--subscriptions is "${text}": expected ws or sse`);
}
