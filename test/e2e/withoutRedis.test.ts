import { choosePort } from '../../platform/embedded/ports.ts';
import { describeHolds } from './holds.ts';
import { describeJoins } from './joins.ts';
import { describeKeys } from './keys.ts';
import { describeLists } from './lists.ts';
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

describe('joins', () => describeJoins(() => omsx));
describe('holds', () => describeHolds(() => omsx));
describe('keys', () => describeKeys(() => omsx));
describe('lists', () => describeLists(() => omsx));
describe('watching', () => describeWatching(() => omsx));
