import { createLogger, type Logger } from './log.ts';

const KEY = 'sk_test_0aPublicPart0_0123456789abcdefghijklmnopqrstuvwxyzABCDEF';
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjdXNfMSJ9.c2lnbmF0dXJl';
const SECRETS = [/0123456789abcdef/, /eyJzdWIi/, /c2lnbmF0dXJl/, /hunter2/, /Jane Doe/];

function capture(level = 'trace'): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { logger: createLogger({ name: 'test', level, write: (line) => lines.push(line) }), lines };
}

test.each<[string, object]>([
  ['an API key in a message', { fault: `the key ${KEY} is unknown` }],
  ['an Authorization header', { headers: { authorization: `Bearer ${KEY}` } }],
  ['a header of another case, in a text', { fault: `authorization: bearer ${JWT}` }],
  ['a client token', { given: JWT }],
  [
    'a password in a URL',
    { url: 'postgres://omsx:hunter2@db:5432/omsx', err: new Error('at redis://:hunter2@r') },
  ],
  ['a client token after other words', { url: `https://a.example/x.y.${JWT}?z`, path: `-${JWT}.` }],
  ['variables', { variables: { name: 'Jane Doe' }, request: { variables: { name: 'Jane Doe' } } }],
  ['the text of an operation', { query: '{ customer(name: "Jane Doe") { id } }' }],
  ['the connection parameters of a socket', { connectionParams: { Authorization: 'hunter2' } }],
  ['a signed viewer', { headers: { 'x-omsx-viewer': 'hunter2' } }],
  ['secret fields', { secret: 'hunter2', session: { token: 'hunter2', password: 'hunter2', apiKey: KEY } }],
])('%s does not reach the log', (_, line) => {
  const { logger, lines } = capture();
  logger.error(line, 'a request failed');
  const [text = ''] = lines;
  for (const secret of SECRETS) expect(text).not.toMatch(secret);
  expect(JSON.parse(text)).toMatchObject({ level: 50, msg: 'a request failed' });
});

test('of an API key the part that may be shown is left, so that its owner can be told', () => {
  const { logger, lines } = capture();
  logger.warn({ fault: `the key ${KEY} is unknown` });
  expect(lines[0]).toContain('the key sk_test_0aPublicPart0_[redacted] is unknown');
});

test('of a database error only what tells which one it is is left', () => {
  const { logger, lines } = capture();
  const driver = Object.assign(new Error('new row violates check constraint "name_check"'), {
    code: '23514',
    constraint: 'name_check',
    table: 'customer',
    detail: 'Failing row contains (1, Jane Doe).',
    where: 'unnamed portal parameter $1 = Jane Doe',
  });
  const query = 'insert into customer values ($1)';
  const err = Object.assign(new Error('failed', { cause: driver }), { query, parameters: ['Jane Doe'] });
  logger.error({ err }, 'a resolver failed');
  const { cause, ...told } = JSON.parse(lines[0] ?? '').err;
  expect(told).toEqual({ type: 'Error', message: 'failed', stack: expect.stringContaining('log.test.ts') });
  expect(cause).toEqual({
    type: 'Error',
    message: driver.message,
    stack: expect.any(String),
    code: '23514',
    constraint: 'name_check',
    table: 'customer',
  });
});

test('a data exception is told without the value that it quotes', () => {
  const { logger, lines } = capture();
  const fault = 'invalid input syntax for type uuid: "Jane Doe"';
  logger.error({ err: Object.assign(new Error(fault), { code: '22P02' }) });
  expect(lines[0]).not.toContain('Jane Doe');
  expect(JSON.parse(lines[0] ?? '').err.message).toBe('invalid input syntax for type uuid: "..."');
});

test.each(['a-', 'eyJ-', 'eyJ.', 'a.', '://', '://a:', 'Bearer ', 'sk_test_a'])(
  'a line that quotes a long text of a client is written at once: %s',
  (part) => {
    const { logger, lines } = capture();
    const beganAtMs = performance.now();
    logger.error({ fault: part.repeat(500_000 / part.length) }, 'a request failed');
    expect(performance.now() - beganAtMs).toBeLessThan(2_000);
    expect(lines).toHaveLength(1);
  },
);

test('what is no secret stays as it is', () => {
  const { logger, lines } = capture();
  const line = { requestId: 'r-1', path: ['organization', 0], url: 'https://a.example/b?c=d', n: 1 };
  logger.info(line, 'a basic fact');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ...line, msg: 'a basic fact' });
});
