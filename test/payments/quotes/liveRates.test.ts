import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createLiveRates,
  JUMP_MEMORY_MS,
  type LiveRatesOptions,
} from '../../../subgraphs/payments/adapters/rates/liveRates.ts';
import { formatRate, type NoRate, type Rate } from '../../../subgraphs/payments/domain/rate.ts';

let server: Server;
let url: string;
let asked: string[] = [];
let answer: (response: ServerResponse) => void;
let nowMs = Date.parse('2026-01-31T12:00:00Z');

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rate?key=secret&base={from}&quote={to}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise<void>((resolve) => server.close(() => resolve()));
});
beforeEach(() => {
  asked = [];
  says('1.1');
});

const asOf = (ageMs: number): string => new Date(nowMs - ageMs).toISOString();
function says(rate: unknown, ageMs = 0, status = 200): void {
  answer = (response) => response.writeHead(status).end(JSON.stringify({ rate, asOf: asOf(ageMs) }));
}
const open = (more: Partial<LiveRatesOptions> = {}) =>
  createLiveRates({
    url,
    provider: 'desk',
    spreadBasisPoints: 0,
    staleAfterMs: 60_000,
    jumpBasisPointsMax: 500,
    now: () => nowMs,
    ...more,
  });
const shown = (rate: Rate | NoRate): string => ('fault' in rate ? rate.fault : formatRate(rate.e18));

test('a rate is asked for by both codes and told with its provider and its time', async () => {
  says('1.0832', 500);
  expect(await open().rateOf('USD', 'EUR')).toEqual({
    e18: 1_083_200_000_000_000_000n,
    provider: 'desk',
    asOf: new Date(nowMs - 500),
  });
  expect(asked).toEqual(['/rate?key=secret&base=USD&quote=EUR']);
});

test('the spread is kept from the rate', async () => {
  expect(shown(await open({ spreadBasisPoints: 50 }).rateOf('USD', 'EUR'))).toBe('1.0945');
});

test('one request serves all who ask for a pair at once, and those of the next moment', async () => {
  const rates = open();
  const all = await Promise.all(Array.from({ length: 100 }, () => rates.rateOf('USD', 'EUR')));
  expect(new Set(all.map(shown))).toEqual(new Set(['1.1']));
  nowMs += 999;
  await rates.rateOf('USD', 'EUR');
  expect(asked).toHaveLength(1);
  nowMs += 1;
  await rates.rateOf('USD', 'EUR');
  await rates.rateOf('USD', 'GBP');
  expect(asked).toHaveLength(3);
});

test('a rate that is stale when it comes, or became so, is refused', async () => {
  says('1.1', 61_000);
  expect(shown(await open().rateOf('USD', 'EUR'))).toBe('the rate of USD/EUR is 61 s old');
  says('1.1', 59_500);
  const rates = open();
  expect(shown(await rates.rateOf('USD', 'EUR'))).toBe('1.1');
  nowMs += 900;
  expect(shown(await rates.rateOf('USD', 'EUR'))).toBe('the rate of USD/EUR is 60 s old');
  says('1.1', -120_000);
  expect(shown(await open().rateOf('USD', 'EUR'))).toBe('the rate of USD/EUR is from the future');
});

test('a rate that jumped is refused until the one before it is forgotten', async () => {
  const rates = open();
  await rates.rateOf('USD', 'EUR');
  nowMs += 2_000;
  says('1.155');
  expect(shown(await rates.rateOf('USD', 'EUR'))).toBe('1.155');
  nowMs += 2_000;
  for (const rate of ['1.0', '1.3', '115.5']) {
    says(rate);
    expect(shown(await rates.rateOf('USD', 'EUR'))).toBe(
      'the rate of USD/EUR jumped by more than 500 basis points',
    );
  }
  nowMs += JUMP_MEMORY_MS;
  says('1.3');
  expect(shown(await rates.rateOf('USD', 'EUR'))).toBe('1.3');
});

test.each<[string, (response: ServerResponse) => void]>([
  ['an error', (response) => response.writeHead(500).end('secret')],
  ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['no JSON', (response) => response.end('<html>')],
  ['no object', (response) => response.end('null')],
  ['a rate that is a number', (response) => response.end(JSON.stringify({ rate: 1.1, asOf: asOf(0) }))],
  ['a rate of zero', (response) => response.end(JSON.stringify({ rate: '0', asOf: asOf(0) }))],
  ['no time', (response) => response.end(JSON.stringify({ rate: '1.1' }))],
  ['a time that is none', (response) => response.end(JSON.stringify({ rate: '1.1', asOf: 'today' }))],
  ['too long an answer', (response) => response.end(`"${'x'.repeat(70_000)}"`)],
  ['a broken connection', (response) => response.destroy()],
])('%s is no rate, and nothing secret is told', async (_, broken) => {
  answer = broken;
  const rate = await open().rateOf('USD', 'EUR');
  expect(rate).toHaveProperty('fault');
  expect(shown(rate)).toMatch(/^the source of rates .* USD\/EUR$/);
  expect(shown(rate)).not.toContain('secret');
  says('1.2');
  expect(shown(await open().rateOf('USD', 'EUR'))).toBe('1.2');
});

test('who does not answer in time gave no rate', async () => {
  answer = () => undefined;
  const startedAt = performance.now();
  const rate = await open({ timeoutMs: 50 }).rateOf('USD', 'EUR');
  expect(shown(rate)).toBe('the source of rates did not answer for USD/EUR');
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
