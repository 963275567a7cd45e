import type { IncomingMessage } from 'node:http';
import { mayScrape } from './scrape.ts';

const TOKEN = 'a token for scrapers, long enough';

function from(remoteAddress: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
  'without a token, %s may read',
  (address) => {
    expect(mayScrape(from(address), null)).toBe(true);
  },
);

test.each([
  ['10.0.0.7', {}],
  ['127.evil.example', {}],
  ['127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }],
  ['::1', { forwarded: 'for=203.0.113.9' }],
])('without a token, %s with %j may not', (address, headers) => {
  expect(mayScrape(from(address, headers), null)).toBe(false);
});

test('with a token, whoever has it may read, and nobody else, wherever from', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const spaceless = TOKEN.replaceAll(' ', '-');
  expect(mayScrape(from('203.0.113.9', bearer(spaceless)), spaceless)).toBe(true);
  expect(mayScrape(from('127.0.0.1', bearer(`${spaceless}x`)), spaceless)).toBe(false);
  expect(mayScrape(from('127.0.0.1'), spaceless)).toBe(false);
});
