import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Uuid } from '../../../platform/id.ts';
import { createHttpKyc } from './httpKyc.ts';

let server: Server;
let url = '';
let answer: RequestListener;
const seen: { readonly body: string; readonly headers: readonly unknown[] }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { authorization, 'idempotency-key': key, 'content-type': type } = request.headers;
      seen.push({ body, headers: [request.method, authorization, key, type] });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/checks`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(() => void seen.splice(0));

const CHECK_ID = '01890000-0000-7000-8000-000000000001' as Uuid;
const REQUEST = {
  checkId: CHECK_ID,
  endorsement: 'BASIC',
  customerType: 'INDIVIDUAL',
  data: { firstName: 'Ada', lastName: 'Example', birthDate: '1975-12-10' },
} as const;
const REASON = { code: 'IDENTITY_NOT_VERIFIED', message: 'Send another document.', internal: 'blurred' };
const json =
  (value: object, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(JSON.stringify(value));
const said = (more: object): RequestListener => json({ checkId: CHECK_ID, ...more });
const ask = () => createHttpKyc({ url, token: 'a token' }).check(REQUEST, AbortSignal.timeout(300));

test('the check goes to the provider under our token and its own key, and what it says is the answer', async () => {
  answer = said({ status: 'ACTIVE', more: 1 });
  expect(await ask()).toEqual({ status: 'ACTIVE', reasons: [] });
  answer = said({ status: 'REJECTED', reasons: [{ ...REASON, field: 'identifyingNumbers', more: 1 }] });
  const reasons = [{ ...REASON, field: 'identifyingNumbers' }];
  expect(await ask()).toEqual({ status: 'REJECTED', reasons });
  answer = said({ status: 'UNDER_REVIEW', reasons: [{ code: 'NAME_MATCH', message: 'We need time.' }] });
  expect(await ask()).toMatchObject({
    reasons: [{ code: 'NAME_MATCH', message: 'We need time.', internal: null, field: null }],
  });
  answer = said({ status: 'PENDING' });
  expect(await ask()).toEqual({ status: 'PENDING' });
  answer = said({ status: 'PENDING', retryAfterSeconds: 86_400 });
  expect(await ask()).toEqual({ status: 'PENDING', retryAfterSeconds: 86_400 });
  expect(seen.map(({ body }) => JSON.parse(body))).toEqual(Array.from({ length: 5 }, () => REQUEST));
  const headers = ['POST', 'Bearer a token', CHECK_ID, 'application/json'];
  expect(seen.map((one) => one.headers)).toEqual(Array.from({ length: 5 }, () => headers));
});

test.each<[string, RequestListener]>([
  ['never comes', () => undefined],
  ['never ends', (_, response) => void response.writeHead(200).write('{"checkId":"')],
  [
    'breaks off',
    (_, response) =>
      void response.writeHead(200, { 'content-length': '99' }).end('{', () => response.destroy()),
  ],
  ['is an error', json({ checkId: CHECK_ID, status: 'ACTIVE' }, 500)],
  ['is another success', json({ checkId: CHECK_ID, status: 'ACTIVE' }, 202)],
  ['leads elsewhere', (_, response) => void response.writeHead(307, { location: url }).end()],
  ['is no JSON', (_, response) => void response.end('ACTIVE')],
  ['is a list', json([{ checkId: CHECK_ID, status: 'ACTIVE' }])],
  ['is too long', said({ status: 'ACTIVE', more: 'x'.repeat(70_000) })],
  ['is about nobody', json({ status: 'ACTIVE' })],
  ['is about somebody else', json({ checkId: `${CHECK_ID.slice(0, -1)}2`, status: 'ACTIVE' })],
  ['has no status', said({})],
  ['has another status', said({ status: 'REVOKED' })],
  ['has something against who passes', said({ status: 'ACTIVE', reasons: [REASON] })],
  ['refuses without saying why', said({ status: 'REJECTED', reasons: [] })],
  ['knows and does not know', said({ status: 'PENDING', reasons: [REASON] })],
  ['knows and wants to be asked', said({ status: 'UNDER_REVIEW', retryAfterSeconds: 60 })],
  ['wants to be asked at once', said({ status: 'PENDING', retryAfterSeconds: 1 })],
  ['wants to be asked next month', said({ status: 'PENDING', retryAfterSeconds: 2_592_000 })],
  ['wants half seconds', said({ status: 'PENDING', retryAfterSeconds: 60.5 })],
  ['has reasons that are none', said({ status: 'REJECTED', reasons: ['Zoltan'] })],
  ['has a reason without words', said({ status: 'REJECTED', reasons: [{ ...REASON, message: '' }] })],
  ['has a reason that cannot be kept', said({ status: 'REJECTED', reasons: [{ ...REASON, message: '\0' }] })],
  ['has a code of its own', said({ status: 'REJECTED', reasons: [{ ...REASON, code: 'no code' }] })],
  ['is about no detail', said({ status: 'REJECTED', reasons: [{ ...REASON, field: 'toString' }] })],
  ['has too many reasons', said({ status: 'REJECTED', reasons: Array.from({ length: 11 }, () => REASON) })],
])('an answer that %s is none, and its fault says nothing of whom it was about', async (_, listener) => {
  answer = listener;
  const fault = await ask().then(() => 'an answer', String);
  expect(fault).not.toMatch(/an answer|Ada|Example|Zoltan/);
  expect(seen).toHaveLength(1);
});
