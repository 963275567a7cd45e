import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis, type RedisLink } from '../../../platform/redis.ts';
import { createDocuments } from '../../../router/operation/persisted.ts';
import { openTrustedDocuments, type TrustedMode } from '../../../router/operation/trusted.ts';
import { readTestEnvironment } from '../../harness/environment.ts';
import { silent, waitFor } from '../../streaming/support.ts';
import { type Answered, ask, type Served, serve } from './served.ts';

const TYPENAME = '{ __typename }';
const SCHEMA = '{ __schema { queryType { name } } }';
const LISTED = 'query Listed { organization { name } }';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const persisted = (text: string, more: object = {}) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: sha256(text) } },
  ...more,
});
const codeOf = ({ json }: Answered): unknown => json.errors?.[0]?.extensions.code;

describe('automatic persisted queries', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  const post = (body: object, accept = 'application/json') => ask(served, { body, headers: { accept } });

  test('a hash that is not known is told under 200, sent with its text, and then enough by itself', async () => {
    const query = '{ first: __typename }';
    const unknown = await post(persisted(query));
    expect([unknown.status, unknown.json.errors]).toEqual([
      200,
      [
        {
          message: 'PersistedQueryNotFound',
          extensions: expect.objectContaining({ code: 'PERSISTED_QUERY_NOT_FOUND' }),
        },
      ],
    ]);
    const answer = { data: { first: 'Query' } };
    expect((await post(persisted(query, { query }))).json).toMatchObject(answer);
    expect((await post(persisted(query))).json).toMatchObject(answer);
    const { extensions } = persisted(query);
    const search = `?extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
    expect((await ask(served, { search })).json).toMatchObject(answer);
    expect((await post({ documentId: `sha256:${sha256(query)}` })).json).toMatchObject(answer);
  });

  test('a client that takes graphql-response alone is told 404, one that prefers it is told in JSON', async () => {
    const query = '{ unknown: __typename }';
    const alone = await post(persisted(query), 'application/graphql-response+json');
    expect([alone.status, alone.headers['content-type']]).toEqual([
      404,
      'application/graphql-response+json; charset=utf-8',
    ]);
    const both = await post(persisted(query), 'application/graphql-response+json, application/json;q=0.9');
    expect([both.status, both.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  });

  test.each([
    ['a hash of another text', persisted(TYPENAME, { query: SCHEMA }), 'provided sha does not match query'],
    [
      'another version',
      { query: TYPENAME, extensions: { persistedQuery: { version: 2, sha256Hash: sha256(TYPENAME) } } },
      'Unsupported persisted query version',
    ],
    [
      'no hash',
      { query: TYPENAME, extensions: { persistedQuery: { version: 1 } } },
      '"sha256Hash" is missing: expected a string.',
    ],
  ])('%s is 400', async (_, body, message) => {
    const { status, json } = await post(body);
    expect([status, json.errors?.[0]?.message]).toEqual([400, message]);
  });

  test('what is not valid, or not permitted, is not kept', async () => {
    const invalid = '{ nothing }';
    expect(codeOf(await post(persisted(invalid, { query: invalid })))).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(codeOf(await post(persisted(invalid)))).toBe('PERSISTED_QUERY_NOT_FOUND');
    const query = '{ organization { id } }';
    const body = persisted(query, { query });
    expect((await ask(served, { body, headers: { authorization: undefined } })).status).toBe(401);
    expect(codeOf(await post(persisted(query)))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test('a mutation by its hash is not run by GET', async () => {
    const query =
      'mutation { cancelTransaction(input: { id: "txn_01jx5c9v7ye8r9a1nq0bz3m4kd", idempotencyKey: "a" }) { __typename } }';
    expect((await post(persisted(query, { query }))).status).toBe(200);
    const { extensions } = persisted(query);
    const search = `?extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
    expect((await ask(served, { search })).status).toBe(405);
  });
});

test('where they are off, clients are told to send the text alone', async () => {
  const documents = createDocuments({ trusted: null, automatic: false, redis: null });
  const served = await serve({ documents });
  try {
    const refused = await ask(served, { body: persisted(TYPENAME) });
    expect([refused.status, codeOf(refused)]).toEqual([200, 'PERSISTED_QUERY_NOT_SUPPORTED']);
    expect((await ask(served, { body: persisted(TYPENAME, { query: TYPENAME }) })).status).toBe(200);
    expect((await ask(served, { body: persisted(TYPENAME) })).json.errors?.[0]?.message).toBe(
      'PersistedQueryNotSupported',
    );
  } finally {
    await served.close();
  }
});

describe('with Redis', () => {
  let redis: RedisLink;
  const text = `{ shared${Date.now()}: __typename }`;

  beforeAll(async () => {
    redis = await connectRedis({ url: readTestEnvironment().redisUrl ?? '', logger: silent });
  });
  afterAll(() => redis.close());

  const open = () => createDocuments({ trusted: null, automatic: true, redis });

  test('what one router learned another knows', async () => {
    const first = open();
    const request = await first.textOf(persisted(text, { query: text }));
    first.keep(request);
    const key = `omsx:persisted:${sha256(text)}`;
    await waitFor(
      'the text in Redis',
      async () => (await redis.attempt((client) => client.get(key))) === text,
    );
    expect(await redis.attempt((client) => client.pttl(key))).toBeGreaterThan(86_000_000);
    expect(await open().textOf(persisted(text))).toMatchObject({ query: text });
  });

  test('a text in Redis that is not its hash is not run', async () => {
    const other = `${text} `;
    await redis.attempt((client) => client.set(`omsx:persisted:${sha256(other)}`, 'mutation { stolen }'));
    await expect(async () => open().textOf(persisted(other))).rejects.toThrow('PersistedQueryNotFound');
  });

  test('without it what this router learned goes on working', async () => {
    const away = await connectRedis({ url: 'redis://127.0.0.1:1', logger: silent });
    const documents = createDocuments({ trusted: null, automatic: true, redis: away });
    try {
      await expect(async () => documents.textOf(persisted(text))).rejects.toThrow('PersistedQueryNotFound');
      documents.keep(await documents.textOf(persisted(text, { query: text })));
      expect(await documents.textOf(persisted(text))).toMatchObject({ query: text });
    } finally {
      await away.close();
    }
  });
});

describe('trusted documents', () => {
  const body = { listed: LISTED, introspection: SCHEMA };
  const apollo = {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: Object.entries(body).map(([id, text]) => ({ id, name: id, type: 'query', body: text })),
  };
  let folder: string;
  let file: string;
  const opened: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'omsx-documents-'));
    file = join(folder, 'documents.json');
    await writeFile(file, JSON.stringify(apollo));
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await rm(folder, { recursive: true });
  });

  async function open(mode: TrustedMode, pollMs = 20) {
    const trusted = await openTrustedDocuments({ file, mode, logger: silent, pollMs });
    const documents = createDocuments({ trusted, automatic: true, redis: null });
    const served = await serve({ documents });
    opened.push({ close: () => Promise.all([served.close(), trusted.stop()]).then(() => undefined) });
    return (sent: object) => ask(served, { body: sent });
  }

  test('are found by documentId and by the extension, of either form of the file', async () => {
    for (const content of [apollo, { listed: LISTED }, { 'sha256:listed': LISTED }]) {
      await writeFile(file, JSON.stringify(content));
      const post = await open('only');
      const answer = { data: { organization: { name: 'Sandbox' } } };
      expect((await post({ documentId: 'listed' })).json).toMatchObject(answer);
      expect((await post({ documentId: 'sha256:listed' })).json).toMatchObject(answer);
      const extensions = { persistedQuery: { version: 1, sha256Hash: 'listed' } };
      expect((await post({ extensions })).json).toMatchObject(answer);
    }
  });

  test('beside any text where they are allowed', async () => {
    const post = await open('allow');
    expect((await post({ documentId: 'listed' })).status).toBe(200);
    expect((await post({ query: TYPENAME })).status).toBe(200);
    expect((await post(persisted(TYPENAME, { query: TYPENAME }))).status).toBe(200);
    expect((await post(persisted(TYPENAME))).json).toMatchObject({ data: { __typename: 'Query' } });
  });

  test('alone: a text is refused, also with a hash, also for the schema unless it is listed', async () => {
    const post = await open('only');
    for (const sent of [
      { query: TYPENAME },
      { query: SCHEMA },
      { query: LISTED },
      persisted(TYPENAME, { query: TYPENAME }),
    ]) {
      const refused = await post(sent);
      expect([refused.status, codeOf(refused)]).toEqual([400, 'PERSISTED_QUERY_ID_REQUIRED']);
    }
    expect(codeOf(await post(persisted(TYPENAME)))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(codeOf(await post({ documentId: 'toString' }))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await post({ documentId: 'introspection' })).status).toBe(200);
    expect((await post({ documentId: 'listed', query: LISTED })).status).toBe(200);
    expect((await post({ documentId: 'listed', query: TYPENAME })).status).toBe(400);
  });

  test('are replaced as the file changes; a broken or missing file leaves them as they were', async () => {
    const post = await open('only');
    await writeFile(file, JSON.stringify({ other: TYPENAME }));
    await waitFor('the new list', async () => (await post({ documentId: 'other' })).json.data !== undefined);
    expect(codeOf(await post({ documentId: 'listed' }))).toBe('PERSISTED_QUERY_NOT_FOUND');
    for (const broken of ['{', '[]', '{"a": 1}', '{"a": "{"}', '{"format": "other"}']) {
      await writeFile(file, broken);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect((await post({ documentId: 'other' })).status).toBe(200);
    }
    await rm(file);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await post({ documentId: 'other' })).status).toBe(200);
  });

  test.each([
    ['{', /^it is no JSON/],
    ['[]', /^expected a JSON object$/],
    ['{"format": "other", "version": 1, "operations": []}', /^expected the format apollo/],
    ['{"a": "{"}', /^document "a" is no GraphQL document: Syntax Error/],
    ['{"a": 1}', /^document "a" has no text$/],
    [JSON.stringify({ a: TYPENAME, 'sha256:a': TYPENAME }), /^document "sha256:a" is there twice$/],
    [
      JSON.stringify({ ...apollo, operations: [{ body: TYPENAME }] }),
      /expected an id of 1 to 256 characters$/,
    ],
  ])('a file of %s cannot be begun with', async (text, message) => {
    await writeFile(file, text);
    await expect(openTrustedDocuments({ file, mode: 'only', logger: silent })).rejects.toThrow(message);
  });
});
