import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../../platform/config.ts';
import { openRates } from '../../../subgraphs/payments/adapters/rates/openRates.ts';
import { readRateFile } from '../../../subgraphs/payments/adapters/rates/rateFile.ts';
import { formatRate, type NoRate, type Rate } from '../../../subgraphs/payments/domain/rate.ts';
import { acc, keyOf, openFixture } from '../fixture.ts';
import { mutateQuote } from './fixture.ts';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-rates-'));
  file = join(folder, 'rates.json');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const write = (content: unknown): Promise<void> => writeFile(file, JSON.stringify(content));
const shown = (rate: Rate | NoRate): string => ('fault' in rate ? rate.fault : formatRate(rate.e18));
const settings = (environment: Readonly<Record<string, string>>) => readConfig(environment).rates;

test('a file gives the price of each asset, and every pair follows from two of them', async () => {
  await write({ provider: 'desk', asOf: '2026-01-31T12:00:00Z', prices: { USD: '1', EUR: '1.25' } });
  const rates = openRates(settings({ OMSX_RATES_FILE: file }), 'live');
  expect(await rates.rateOf('EUR', 'USD')).toEqual({
    e18: 1_250_000_000_000_000_000n,
    provider: 'desk',
    asOf: new Date('2026-01-31T12:00:00Z'),
  });
  expect(shown(await rates.rateOf('USD', 'EUR'))).toBe('0.8');
  expect(shown(await rates.rateOf('USD', 'JPY'))).toBe('the rate table has no price of JPY');
});

test.each([
  ['no provider', { prices: {} }],
  ['no prices', { provider: 'desk' }],
  ['a price that is a number', { provider: 'desk', prices: { USD: 1 } }],
  ['a price of zero', { provider: 'desk', prices: { USD: '0' } }],
  ['a time that is none', { provider: 'desk', asOf: 'today', prices: {} }],
  ['no object', []],
])('a file with %s is refused at the start', async (_, content) => {
  await write(content);
  expect(() => readRateFile(file)).toThrow();
});

test('without a source the sandbox has play prices, and a live deployment has none', async () => {
  expect(shown(await openRates(settings({}), 'sandbox').rateOf('USD', 'USDC'))).toBe('1');
  expect(shown(await openRates(settings({}), 'live').rateOf('USD', 'USDC'))).toMatch(/^no source/);
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['both a file and a URL', { OMSX_RATES_FILE: 'x', OMSX_RATES_URL: 'https://x/{from}/{to}' }],
  ['a URL without places for codes', { OMSX_RATES_URL: 'https://x/rate?key=hidden' }],
  ['a spread of more than a tenth', { OMSX_RATES_SPREAD_BASIS_POINTS: '1001' }],
  ['a rate that never grows old', { OMSX_RATES_STALE_SECONDS: '0' }],
])('%s is a fault of the configuration, which shows no URL', (_, environment) => {
  let fault: unknown;
  try {
    readConfig(environment);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(ConfigError);
  expect(String(fault)).toContain('OMSX_RATES_');
  expect(String(fault)).not.toContain('hidden');
});

test('without a rate there is no quote, the answer is kept under its key, and one Asset needs none', async () => {
  const rates = openRates(undefined, 'live');
  const fixture = await openFixture({ rates });
  try {
    const organizationId = await fixture.addOrganization();
    const [usd, other] = [
      await fixture.openAccount(organizationId),
      await fixture.openAccount(organizationId),
    ];
    const eur = await fixture.openAccount(organizationId, { asset: 'EUR' });
    const input = {
      sourceId: acc(usd),
      amount: '1',
      fixedSide: 'SOURCE',
      sourceAsset: 'USD',
      idempotencyKey: 'k',
    };
    const ask = (more: object) =>
      mutateQuote(fixture.payments, keyOf(organizationId), 'createQuote', { ...input, ...more });
    const pair = { destinationId: acc(eur), destinationAsset: 'EUR' };
    const refused = {
      __typename: 'RateUnavailable',
      code: 'RATE_UNAVAILABLE',
      pair: 'USD/EUR',
      retryable: false,
    };
    expect(await ask(pair)).toMatchObject({ ...refused, replayed: false });
    expect(await ask(pair)).toMatchObject({ ...refused, replayed: true });
    const same = { destinationId: acc(other), destinationAsset: 'USD', idempotencyKey: 'other' };
    expect(await ask(same)).toMatchObject({ __typename: 'Quote', rate: null });
  } finally {
    await fixture.close();
  }
});
