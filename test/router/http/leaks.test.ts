import { pino } from 'pino';
import { ask, type Served, serve } from './served.ts';

const hidden = /relation|\/srv|stack|node_modules|\.ts\b|ledger\.|ECONNREFUSED|10\.0\.0\.7/;

describe('attack 52: what goes wrong here stays here', () => {
  let served: Served;
  const lines: string[] = [];

  beforeAll(async () => {
    served = await serve({
      logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
      change: (pipeline) => ({
        ...pipeline,
        async admit(request, caller, kinds) {
          if (request.query.includes('breakAdmission'))
            throw new Error('relation "audit.log" does not exist');
          const admitted = await pipeline.admit(request, caller, kinds);
          return admitted;
        },
        async execute(admitted, primary) {
          if (admitted.operation.text.includes('breakExecution'))
            throw new TypeError('at /srv/omsx/engine.ts:1:1');
          return await pipeline.execute(admitted, primary);
        },
      }),
    });
  });
  beforeEach(() => lines.splice(0));
  afterAll(() => served.close());

  test.each(['breakAdmission', 'breakExecution'])(
    'a fault of ours (%s) is 500, a code and an id',
    async (where) => {
      const { status, text, json, headers } = await ask(served, {
        body: { query: `query ${where} { __typename }` },
      });
      const requestId = headers['x-request-id'];
      expect(status).toBe(500);
      expect(json).toEqual({
        errors: [
          {
            message: `something went wrong on our side; quote request ${requestId}`,
            extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: true, requestId },
          },
        ],
      });
      expect(text).not.toMatch(hidden);
      expect(lines.some((line) => line.includes(String(requestId)) && hidden.test(line))).toBe(true);
    },
  );

  test('a fault of a subgraph, or one that is gone, is a code and an id within its data', async () => {
    const secret = await ask(served, { body: { query: '{ account(id: "acc_secret") { id } }' } });
    expect(secret.json.errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    served.world.fail('accounts', true);
    const gone = await ask(served, { body: { query: '{ organization { name } }' } });
    served.world.fail('accounts', false);
    expect(gone.json.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', subgraph: 'accounts' });
    for (const { text } of [secret, gone]) expect(text).not.toMatch(hidden);
  });

  test('no token, variable or text is in the log', async () => {
    const query = 'query Q($id: ID!) { account(id: $id) { name } }';
    await ask(served, {
      body: { query, variables: { id: 'acc_private' } },
      headers: { 'x-secret': 'sk_live_x' },
    });
    await ask(served, { body: { query: '{ breakAdmission }', variables: { id: 'acc_private' } } });
    expect(lines.join('\n')).not.toMatch(/sk_test|sk_live|acc_private|account\(/);
  });
});

describe('attack 53: where the schema may not be read', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serve({ config: { introspection: false } });
  });
  afterAll(() => served.close());

  test.each([
    '{ organisation { name } }',
    '{ organization { nme } }',
    '{ organization { ... on Organisation { name } } }',
    '{ account(idd: "a") { id } }',
    'query ($a: Accnt) { __typename }',
  ])('the error of %s suggests nothing', async (query) => {
    const { status, text } = await ask(served, { body: { query } });
    expect(status).toBe(400);
    expect(text).not.toContain('Did you mean');
  });

  test('nor does that of a variable', async () => {
    const query =
      'mutation ($input: CancelTransactionInput!) { cancelTransaction(input: $input) { __typename } }';
    const { status, text } = await ask(served, { body: { query, variables: { input: { idd: 'a' } } } });
    expect(status).toBe(400);
    expect(text).toContain('idd');
    expect(text).not.toContain('Did you mean');
  });

  test.each([
    '{ __schema { types { name } } }',
    '{ __type(name: "Query") { name } }',
    '{ _service { sdl } }',
  ])('%s is refused', async (query) => {
    const { status, json } = await ask(served, { body: { query } });
    expect([400, 403]).toContain(status);
    expect(json.data).toBeUndefined();
  });

  test('there is no playground, and no trace in an answer', async () => {
    for (const path of ['/graphiql', '/graphiql/', '/graphiql/assets/app.js']) {
      expect((await ask(served, { path })).status).toBe(404);
    }
    const page = await ask(served, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect([page.status, page.headers['content-type']]).toEqual([400, 'application/json; charset=utf-8']);
    expect((await ask(served, { path: '/' })).text).not.toContain('graphiql');
    const { json, headers } = await ask(served, { body: { query: '{ organization { name } }' } });
    expect(json.data).toEqual({ organization: { name: 'Sandbox' } });
    expect(Object.keys(json.extensions ?? {})).toEqual(['cost']);
    expect(Object.keys(headers)).not.toContain('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  });

  test('with introspection names are suggested', async () => {
    const open = await serve();
    expect((await ask(open, { body: { query: '{ organisation { name } }' } })).text).toContain(
      'Did you mean',
    );
    await open.close();
  });
});

test('attack 11: an array of a thousand operations is refused whole', async () => {
  const served = await serve();
  const batch = Array.from({ length: 1_000 }, () => ({ query: '{ organization { name } }' }));
  const { status, json } = await ask(served, { body: batch });
  await served.close();
  expect([status, json.errors?.[0]?.message]).toEqual([
    400,
    'The request is a list: batches are not taken, send one operation at a time.',
  ]);
  expect(served.world.requests.accounts).toEqual([]);
});
