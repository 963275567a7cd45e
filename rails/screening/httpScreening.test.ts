import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpScreening } from './httpScreening.ts';
import { createJointScreening } from './jointScreening.ts';
import { createFixedScreening } from './listScreening.ts';
import { SANDBOX_ENTRIES } from './sandboxEntries.ts';

let server: Server;
let url = '';
let answer: RequestListener;
const seen: { readonly body: string; readonly authorization: string | undefined }[] = [];
const json =
  (value: unknown): RequestListener =>
  (_, response) =>
    void response.end(JSON.stringify(value));

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push({ body, authorization: request.headers.authorization });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/screen`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(() => void seen.splice(0));

const MATCH = { list: 'L', entry: 'e', name: 'Zoltan Quillfeather', scorePercent: 91, field: 'NAME' };
const SUBJECT = { names: ['Ada Example'], addresses: [{ address: '0x1', network: null }] };
const ask = () => createHttpScreening({ url, token: 'a token', timeoutMs: 300 }).screen(SUBJECT);

test('the subject goes to the provider under our token, and what it says is the answer', async () => {
  answer = json({ outcome: 'REVIEW', listVersion: '7', matches: [{ ...MATCH, more: 1 }], more: 1 });
  expect(await ask()).toEqual({ outcome: 'REVIEW', listVersion: '7', matches: [MATCH] });
  answer = json({ outcome: 'CLEAR', listVersion: '7', matches: [] });
  expect(await ask()).toEqual({ outcome: 'CLEAR', listVersion: '7', matches: [] });
  expect(seen.map(({ body, authorization }) => [JSON.parse(body), authorization])).toEqual(
    [0, 1].map(() => [SUBJECT, 'Bearer a token']),
  );
});

test.each<[string, RequestListener]>([
  ['never comes', () => undefined],
  [
    'breaks off',
    (_, response) =>
      void response.writeHead(200, { 'content-length': '99' }).end('{', () => response.destroy()),
  ],
  ['is an error', (_, response) => void response.writeHead(500).end('{"outcome":"CLEAR"}')],
  ['leads elsewhere', (_, response) => void response.writeHead(302, { location: '/' }).end()],
  ['is no JSON', (_, response) => void response.end('CLEAR')],
  ['is null', json(null)],
  ['has no outcome', json({ listVersion: '7', matches: [] })],
  ['has another outcome', json({ outcome: 'MAYBE', listVersion: '7', matches: [] })],
  ['has no version', json({ outcome: 'CLEAR', matches: [] })],
  ['has no matches', json({ outcome: 'CLEAR', listVersion: '7' })],
  ['calls a match clear', json({ outcome: 'CLEAR', listVersion: '7', matches: [MATCH] })],
  [
    'has half a match',
    json({ outcome: 'REVIEW', listVersion: '7', matches: [{ ...MATCH, entry: undefined }] }),
  ],
  [
    'has a score beyond',
    json({ outcome: 'REVIEW', listVersion: '7', matches: [{ ...MATCH, scorePercent: 101 }] }),
  ],
  ['cannot be kept', json({ outcome: 'REVIEW', listVersion: '7', matches: [{ ...MATCH, entry: 'e\0' }] })],
  ['is too long', json({ outcome: 'CLEAR', listVersion: '7', matches: [], more: 'x'.repeat(70_000) })],
])('an answer that %s is none, and says nothing of whom it was about', async (_, listener) => {
  answer = listener;
  const fault = await ask().then(() => 'an answer', String);
  expect(fault).not.toMatch(/an answer|Ada|Zoltan/);
});

test('of several who say, each may hold, and one without an answer leaves none', async () => {
  const own = createFixedScreening('list-1', SANDBOX_ENTRIES);
  const joint = createJointScreening([createHttpScreening({ url, timeoutMs: 300 }), own]);
  answer = json({ outcome: 'CLEAR', listVersion: '7', matches: [] });
  expect(await joint.screen(SUBJECT)).toEqual({ outcome: 'CLEAR', listVersion: '7 list-1', matches: [] });
  expect(await joint.screen({ names: ['Zoltan Quillfeather'] })).toMatchObject({ outcome: 'REVIEW' });
  answer = json({ outcome: 'REVIEW', listVersion: '8', matches: [MATCH] });
  expect(await joint.screen(SUBJECT)).toEqual({
    outcome: 'REVIEW',
    listVersion: '8 list-1',
    matches: [MATCH],
  });
  answer = () => undefined;
  await expect(joint.screen(SUBJECT)).rejects.toThrow();
});
