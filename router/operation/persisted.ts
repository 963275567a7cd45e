import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { Lru } from '../../platform/lru.ts';
import type { RedisLink } from '../../platform/redis.ts';
import { KEPT_DOCUMENT_LENGTH_MAX } from '../config.ts';
import type { GraphqlRequest } from '../pipeline.ts';
import { plainId } from './manifest.ts';
import { type GraphqlPayload, PayloadError } from './payload.ts';
import type { TrustedDocuments } from './trusted.ts';

/** Texts that clients named by their hash (automatic persisted queries) and that are kept in this process. */
const PERSISTED_MAX = 1_000;
/** How long Redis keeps one that is not asked for. */
const PERSISTED_TTL_MS = 86_400_000;
const KEY_PREFIX = 'omsx:persisted:';
const SHA256 = /^[0-9a-f]{64}$/;

/** Finds the text of a request that may only name it. */
export interface Documents {
  /**
   * The request with its text.
   *
   * @throws {PayloadError} when it has neither text nor name, or a name that is not its text's
   * @throws {GraphQLError} PERSISTED_QUERY_NOT_FOUND (send the text too), PERSISTED_QUERY_NOT_SUPPORTED (send the text
   * alone), PERSISTED_QUERY_ID_REQUIRED (only listed documents are run here)
   */
  textOf(payload: GraphqlPayload): GraphqlRequest | Promise<GraphqlRequest>;
  /** To be called with each request that was admitted: keeps its text if it came with its hash. */
  keep(request: GraphqlRequest): void;
}

export interface DocumentsOptions {
  /** Null: any text is run and no list is looked at. */
  readonly trusted: TrustedDocuments | null;
  /** Whether clients may name a text by its hash once they sent it. Never where only listed documents are run. */
  readonly automatic: boolean;
  /** Shares what one router learned with the others; null without Redis. */
  readonly redis: RedisLink | null;
}

/**
 * Documents by name: `documentId` of the persisted documents proposal, and Apollo's `persistedQuery` extension.
 *
 * @see https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md
 * @see https://www.apollographql.com/docs/apollo-server/performance/apq
 */
export function createDocuments(options: DocumentsOptions): Documents {
  const { trusted, redis } = options;
  const isListOnly = trusted?.mode === 'only';
  const automatic = options.automatic && !isListOnly;
  const kept = new Lru<string, string>(PERSISTED_MAX);
  /** Hashes of requests that brought both, checked, until they are admitted. */
  const offered = new WeakMap<GraphqlRequest, string>();

  async function findShared(payload: GraphqlPayload, hash: string): Promise<GraphqlRequest> {
    const text = await redis?.attempt((client) => client.get(KEY_PREFIX + hash));
    // Whoever can write to Redis is not to decide what a hash stands for.
    if (typeof text !== 'string' || sha256(text) !== hash) throw notFound();
    kept.set(hash, text);
    return requestOf(payload, text);
  }

  function byHash(payload: GraphqlPayload, hash: string): GraphqlRequest | Promise<GraphqlRequest> {
    const { query } = payload;
    if (query !== undefined) {
      if (sha256(query) !== hash) throw new PayloadError('provided sha does not match query');
      const request = requestOf(payload, query);
      if (automatic) offered.set(request, hash);
      return request;
    }
    if (!automatic) throw notSupported();
    const text = kept.get(hash);
    if (text !== undefined) return requestOf(payload, text);
    if (redis === null) throw notFound();
    return findShared(payload, hash);
  }

  return {
    textOf(payload) {
      const { query } = payload;
      const id = nameOf(payload);
      if (id === undefined) {
        if (query === undefined) throw new PayloadError('"query" is missing: expected a string.');
        if (isListOnly) throw idRequired();
        return requestOf(payload, query);
      }
      const listed = trusted?.textOf(id);
      if (listed !== undefined) {
        if (query === undefined || query === listed) return requestOf(payload, listed);
        throw new PayloadError('The text is another than that of the document it names.');
      }
      if (isListOnly) throw query === undefined ? notFound() : idRequired();
      if (!SHA256.test(id)) throw notFound();
      return byHash(payload, id);
    },

    keep(request) {
      const hash = offered.get(request);
      if (hash === undefined || request.query.length > KEPT_DOCUMENT_LENGTH_MAX) return;
      offered.delete(request);
      if (kept.get(hash) !== undefined) return;
      kept.set(hash, request.query);
      void redis?.attempt((client) => client.set(KEY_PREFIX + hash, request.query, 'PX', PERSISTED_TTL_MS));
    },
  };
}

/** The id that a request names its document by; undefined for none. */
function nameOf({ documentId, extensions }: GraphqlPayload): string | undefined {
  if (documentId !== undefined) return plainId(documentId);
  const persisted = extensions?.persistedQuery;
  if (persisted === undefined || persisted === null) return undefined;
  const { version, sha256Hash } = persisted as Readonly<Record<string, unknown>>;
  if (version !== 1) throw new PayloadError('Unsupported persisted query version');
  if (typeof sha256Hash !== 'string') throw new PayloadError('"sha256Hash" is missing: expected a string.');
  return plainId(sha256Hash);
}

function requestOf({ operationName, variables }: GraphqlPayload, query: string): GraphqlRequest {
  return { query, operationName, ...(variables === undefined ? {} : { variables }) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Apollo's clients look for these messages and codes, and send the text too, or alone. */
function notFound(): GraphQLError {
  return new GraphQLError('PersistedQueryNotFound', { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } });
}

function notSupported(): GraphQLError {
  return new GraphQLError('PersistedQueryNotSupported', {
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
  });
}

function idRequired(): GraphQLError {
  return new GraphQLError(
    'Only the documents that this deployment lists are run here: send the "documentId" of one of them in place of a text.',
    { extensions: { code: 'PERSISTED_QUERY_ID_REQUIRED' } },
  );
}
