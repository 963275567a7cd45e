import { parse } from 'graphql';
import { DOCUMENT_TOKENS_MAX } from '../config.ts';

export const MANIFEST_FORMAT = 'apollo-persisted-query-manifest';
const DOCUMENTS_MAX = 50_000;
const ID_LENGTH_MAX = 256;
const PREFIX = 'sha256:';

/** The file is no list of documents. The message says where and what was expected. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** Texts of documents by their id, which is without the prefix of the persisted documents proposal. */
export type Manifest = ReadonlyMap<string, string>;

/** `sha256:` says how an id was made, so the id is the same with and without it. */
export function plainId(id: string): string {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
}

/**
 * Reads a list of trusted documents: Apollo's manifest (`{ format, version: 1, operations: [{ id, body, ... }] }`), or an
 * object of texts by id.
 *
 * @throws {ManifestError}
 */
export function readManifest(text: string): Manifest {
  const entries = entriesOf(parseJson(text));
  if (entries.length > DOCUMENTS_MAX) throw new ManifestError(`it has more than ${DOCUMENTS_MAX} documents`);
  const documents = new Map<string, string>();
  for (const [id, body] of entries) {
    const where = `document ${JSON.stringify(id)}`;
    if (typeof id !== 'string' || id === '' || id.length > ID_LENGTH_MAX) {
      throw new ManifestError(`${where}: expected an id of 1 to ${ID_LENGTH_MAX} characters`);
    }
    if (typeof body !== 'string') throw new ManifestError(`${where} has no text`);
    if (documents.has(plainId(id))) throw new ManifestError(`${where} is there twice`);
    requireDocument(where, body);
    documents.set(plainId(id), body);
  }
  return documents;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ManifestError(`it is no JSON: ${(error as Error).message}`);
  }
}

function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ManifestError('expected a JSON object');
  }
  const { format, version, operations } = value as Readonly<Record<string, unknown>>;
  if (format === undefined) return Object.entries(value);
  if (format !== MANIFEST_FORMAT || version !== 1 || !Array.isArray(operations)) {
    throw new ManifestError(`expected the format ${MANIFEST_FORMAT}, version 1, with a list of operations`);
  }
  return operations.map((operation: unknown) => {
    const { id, body } = (operation ?? {}) as Readonly<Record<string, unknown>>;
    return [id, body];
  });
}

function requireDocument(where: string, body: string): void {
  try {
    parse(body, { maxTokens: DOCUMENT_TOKENS_MAX, noLocation: true });
  } catch (error) {
    throw new ManifestError(`${where} is no GraphQL document: ${(error as Error).message}`);
  }
}
