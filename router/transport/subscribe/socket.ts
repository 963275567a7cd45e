import type { SubscribePayload } from 'graphql-ws';
import { identityOfHeaders, untracedHeaders } from '../headers.ts';
import { SubgraphUnavailableError, type TransportRequest } from '../port.ts';
import { type Link, openLink } from './link.ts';
import type { Source, SourceOptions } from './source.ts';

/**
 * Subscriptions by `graphql-transport-ws`: one socket for all callers whose forwarded headers are the same, since a socket
 * is authenticated once. It is pinged, and dead at the latest `pingMs + pongWaitMs` after the other end is.
 */
export function createSocketSource(options: SourceOptions): Source {
  const links = new Map<string, Link>();

  function linkFor({ caller }: TransportRequest): Link {
    const key = identityOfHeaders(caller.headers);
    const known = links.get(key);
    if (known !== undefined) return known;
    const link = openLink(options, untracedHeaders(caller.headers), () => links.delete(key));
    links.set(key, link);
    return link;
  }

  return {
    open: (request, sink) => linkFor(request).subscribe(payloadOf(request), sink),
    async close() {
      const fault = new SubgraphUnavailableError(`${options.name}: closed`, { reason: 'ABORTED' });
      for (const link of [...links.values()]) link.end(fault);
    },
  };
}

function payloadOf({ query, variables, operationName }: TransportRequest): SubscribePayload {
  return { query, variables: { ...variables }, ...(operationName === undefined ? {} : { operationName }) };
}
