import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../platform/paths.ts';
import { type Omsx, removeOmsx, startOmsx } from '../e2e/omsx.ts';

const RUN_MAX_MS = 90_000;
const run = promisify(execFile);

/** The last lines of each example: its story has ended well. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  'quickStart.ts': ['sent again: the same transaction', 'Ann has 87.50 USD, Bob has 12.50 USD'],
  'payroll.ts': ['COMPLETED: 5 paid, 0 failed', 'Wages has 4000.00 USD, Mei Lopez has 1000.00 USD'],
  'dollarAccount.ts': [
    'arrived: Femi has 1200.00 USD',
    'COMPLETED: CREATED, SUBMITTED, ACKNOWLEDGED, COMPLETED',
    'Femi has 750.00 USD',
  ],
  'remittance.ts': [
    'bought: 298.000000 USDC, fee 2.00 USD',
    '5000.00 MXN for 250.000000 USDC, at 20',
    'COMPLETED: CREATED, SUBMITTED, ACKNOWLEDGED, CONVERTED, COMPLETED',
  ],
  'cash.ts': ['COMPLETED: CREATED, SUBMITTED, PICKUP_READY, PICKED_UP, COMPLETED', 'Nia has 55.50 USD'],
  'marketplace.ts': ['COMPLETED, PROVISIONAL until its return window is over; Sam has 39.70 USD'],
};

/** A Postgres is made and everything started first. */
jest.setTimeout(150_000);

let omsx: Omsx;
beforeAll(async () => {
  omsx = await startOmsx();
});
afterAll(() => removeOmsx(omsx));

test('each example is run here, and has a guide', () => {
  const examples = readdirSync(join(projectRoot, 'examples')).filter((name) => name.endsWith('.ts'));
  expect(examples).toEqual(Object.keys(ENDS).sort());
  const guides = readdirSync(join(projectRoot, 'docs', 'guides'));
  const kebab = (name: string) =>
    name.replace('.ts', '.md').replace(/[A-Z]/g, (hit) => `-${hit.toLowerCase()}`);
  expect(guides).toEqual(examples.map(kebab).sort());
});

test.each(Object.entries(ENDS))('%s runs against the sandbox as its guide says', async (name, ends) => {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', join('examples', name)], {
    cwd: projectRoot,
    env: { ...process.env, OMSX_FOLDER: omsx.folder },
    timeout: RUN_MAX_MS,
  });
  expect(stdout.trimEnd().split('\n').slice(-ends.length)).toEqual(ends);
});
