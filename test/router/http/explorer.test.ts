import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAssets } from '../../../router/http/explorer/assets.ts';
import { ask, type Served, serve } from './served.ts';

let served: Served;

beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const browser = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  authorization: undefined,
};

describe('GraphiQL', () => {
  test('is made once from what is installed, soon, by however many ask at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'omsx-explorer-'));
    try {
      await writeFile(join(folder, 'of-an-older-version'), '');
      const startedMs = performance.now();
      const [one, other] = await Promise.all([loadAssets(folder), loadAssets(folder)]);
      // Each takes a second and a half on an idle machine.
      expect(performance.now() - startedMs).toBeLessThan(20_000);
      expect(other.script).toBe(one.script);
      const [made, ...others] = await readdir(folder);
      expect(others).toEqual([]);
      const { mtimeMs } = await stat(join(folder, String(made)));
      await loadAssets(folder);
      expect((await stat(join(folder, String(made)))).mtimeMs).toBe(mtimeMs);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('cannot be made where nothing can be written, and says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'omsx-explorer-'));
    await writeFile(join(folder, 'file'), '');
    await expect(loadAssets(join(folder, 'file'))).rejects.toThrow(/^it cannot be bundled: (EEXIST|ENOTDIR)/);
    await rm(folder, { recursive: true });
  });

  test('is a page without scripts of its own, under a policy that allows this origin alone', async () => {
    const { status, headers, text } = await ask(served, { path: '/graphiql', headers: browser });
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(text).not.toMatch(/<script(?![^>]* src=)|\son\w+=|https?:\/\//);
  });

  test('its assets are all here, named by what is in them, and kept for good', async () => {
    const { text } = await ask(served, { path: '/graphiql', headers: browser });
    const waiting = [...text.matchAll(/"(\/graphiql\/assets\/[^"]+)"/g)].map(([, path]) => String(path));
    expect(waiting).toHaveLength(2);
    const seen = new Set(waiting);
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const asset = await ask(served, { path, headers: { authorization: undefined } });
      expect([path, asset.status]).toEqual([path, 200]);
      expect(asset.headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-type': expect.stringMatching(path.endsWith('.js') ? /^text\/javascript/ : /^text\/css/),
      });
      expect(asset.text).not.toMatch(/unpkg\.com|jsdelivr|cdnjs|@import\s+url\(.?https?:/);
      for (const [, name] of asset.text.matchAll(/["']\.\/([\w-]+\.js)["']/g)) {
        const imported = `/graphiql/assets/${name}`;
        if (!seen.has(imported)) waiting.push(imported);
        seen.add(imported);
      }
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  test('is where a browser is sent that opens the endpoint, with what it asked for', async () => {
    const { status, headers } = await ask(served, { search: '?query=%7B__typename%7D', headers: browser });
    expect([status, headers.location, headers.vary]).toEqual([
      302,
      '/graphiql?query=%7B__typename%7D',
      'accept',
    ]);
    expect((await ask(served, { body: { query: '{ __typename }' }, headers: browser })).status).toBe(200);
    const accept = 'application/json, text/html';
    const meant = await ask(served, { search: '?query=%7B__typename%7D', headers: { accept } });
    expect([meant.status, meant.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  });

  test.each(['/graphiql/assets/', '/graphiql/assets/../../package.json', '/graphiql/other', '/graphiqlx'])(
    'there is nothing at %s',
    async (path) => {
      expect((await ask(served, { path })).status).toBe(404);
    },
  );

  test('is served or not as the configuration says, whether or not the schema may be read', async () => {
    for (const [introspection, explorer, status] of [
      [false, true, 200],
      [true, false, 404],
    ] as const) {
      const other = await serve({ config: { introspection, explorer } });
      const answered = await ask(other, { path: '/graphiql' });
      const landing = await ask(other, { path: '/' });
      await other.close();
      expect(answered.status).toBe(status);
      expect(landing.text.includes('href="/graphiql"')).toBe(explorer);
    }
  });
});

describe('other pages', () => {
  test('are there for who runs the router', async () => {
    expect((await ask(served, { path: '/health' })).text).toBe('{"status":"ok"}');
    expect((await ask(served, { path: '/ready' })).text).toBe('{"status":"ready","events":"OUTBOX"}');
    await ask(served, { body: { query: 'query Counted { __typename }' } });
    const metrics = await ask(served, { path: '/metrics', headers: { authorization: undefined } });
    expect(metrics.headers['content-type']).toMatch(/^text\/plain; version=/);
    expect(metrics.text).toContain('omsx_router_request_seconds_count{operation="Counted"');
    const landing = await ask(served, { path: '/' });
    expect(landing.text).toContain('<h1>OMSX</h1>');
    expect(landing.headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('know GET and HEAD, and nothing else', async () => {
    const head = await ask(served, { method: 'HEAD', path: '/health' });
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '15']);
    const post = await ask(served, { path: '/health', body: {} });
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    for (const path of ['/nothing', '/graphqlx', '/graphql/', '/toString', '/__proto__']) {
      const { status, headers } = await ask(served, { path });
      expect([path, status, headers['content-type']]).toEqual([path, 404, 'application/json; charset=utf-8']);
    }
  });

  test('the metrics ask for the token where one is set', async () => {
    const other = await serve({ config: { metricsToken: 'a-long-token' } });
    const statuses = [];
    for (const authorization of [undefined, 'Bearer another', 'Bearer a-long-token']) {
      statuses.push((await ask(other, { path: '/metrics', headers: { authorization } })).status);
    }
    await other.close();
    expect(statuses).toEqual([401, 401, 200]);
  });

  test('a router that stops says so, and ends its connections', async () => {
    let isDraining = false;
    const other = await serve({ isDraining: () => isDraining });
    isDraining = true;
    const ready = await ask(other, { path: '/ready', headers: { connection: 'keep-alive' } });
    const answered = await ask(other, {
      body: { query: '{ __typename }' },
      headers: { connection: 'keep-alive' },
    });
    await other.close();
    expect([ready.status, ready.json]).toEqual([503, { status: 'draining', events: 'OUTBOX' }]);
    expect([answered.status, answered.headers.connection]).toEqual([200, 'close']);
  });
});
