import { choosePort } from '../../platform/embedded/ports.ts';
import { describeMoney } from './mainJob.ts';
import { type Omsx, removeOmsx, startOmsx } from './omsx.ts';
import { describeWatching } from './watching.ts';

/** The same with a Redis that is not there: nothing but latency may change. */
let omsx: Omsx;

beforeAll(async () => {
  const port = await choosePort([]);
  omsx = await startOmsx({ environment: { REDIS_URL: `redis://127.0.0.1:${port}` } });
}, 120_000);

afterAll(async () => {
  await removeOmsx(omsx);
}, 60_000);

describe('money', () => describeMoney(() => omsx));

describe('watching', () => describeWatching(() => omsx));
