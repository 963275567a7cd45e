import fc from 'fast-check';
import { arrive, payBank, sendOne, tellOne } from './bankSteps.ts';
import { payBook } from './bookSteps.ts';
import { paidIn } from './cashSteps.ts';
import { finish } from './finish.ts';
import { foundOf, PLANTS } from './planted.ts';
import { prove } from './prove.ts';
import { refund } from './refundSteps.ts';
import type { Run, Side, Step } from './run.ts';
import { addSide, beginRun } from './sides.ts';
import { anyStep, settleAll } from './steps.ts';
import { type ModelWorld, openWorld } from './world.ts';

/**
 * Goal: whatever is asked, decided and said by rails, in whatever order, each Transaction stands where it should, ends, and
 * no cent is lost or made; and whoever may know nothing of reviews cannot tell a payment under review from a slow one.
 * Method: random runs of steps over all rails, in two organizations at once, of which only one has its payments reviewed;
 * after each step the books, timelines, purses and both views are proved, and in the end all that is outstanding ends.
 * A run is repeated by OMSX_TEST_MODEL_SEED and OMSX_TEST_MODEL_PATH, which a failure prints.
 */
const RUNS = Number.parseInt(process.env.OMSX_TEST_MODEL_RUNS ?? '10', 10);
const [STEPS_MIN, STEPS_MAX] = [20, 40];
const MS_PER_RUN_MAX = 60_000;
jest.setTimeout(60_000 + RUNS * MS_PER_RUN_MAX);

let world: ModelWorld;
let bystander: Side;

beforeAll(async () => {
  world = await openWorld();
  bystander = await addSide(world, false);
});
afterAll(() => world?.close());

const returned = tellOne(0, 'RETURNED');

async function play(steps: readonly Step[]): Promise<void> {
  await playAll([...steps, END]);
}

async function playAll(steps: readonly Step[]): Promise<Run> {
  const run = await beginRun(world, bystander);
  for (const [at, step] of steps.entries()) {
    try {
      await step.run(run);
      await prove(run);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`step ${at}, ${step.name}: ${message}`, { cause: error });
    }
  }
  return run;
}

const END: Step = { name: 'the end', run: finish };

/** What fast-check printed of a failure, to run it again. */
function again(): { readonly seed?: number; readonly path?: string } {
  const { OMSX_TEST_MODEL_SEED: seed, OMSX_TEST_MODEL_PATH: path } = process.env;
  return { ...(seed ? { seed: Number.parseInt(seed, 10) } : {}), ...(path ? { path } : {}) };
}

test.each([
  ['before the books had it goes back', [returned]],
  ['after the books had it is a difference, as a wire is final', [settleAll, returned]],
])('money of a wire that a bank sends back %s', async (_, end) => {
  await play([payBank(1_000n, 'WIRE', false), sendOne(0), tellOne(0, 'SETTLED'), ...end, settleAll]);
});

test('whatever is asked and said, no more goes back than came, each payment ends as it should, and reviews stay unseen', async () => {
  // `fc.commands` prefers the shortest runs, in which little can go wrong.
  const steps = fc.array(anyStep, { minLength: STEPS_MIN, maxLength: STEPS_MAX, size: 'max' });
  // Something is paid in at first, so that there is what can go back at counters.
  const history = fc.asyncProperty(steps, (random) => play([paidIn, ...random]));
  await fc.assert(history, { numRuns: RUNS, endOnFailure: true, ...again() });
});

test.each(Object.entries(PLANTS))('%s is found', async (_, plant) => {
  const run = await playAll([
    payBook(500n, false),
    payBank(700n, 'ACH', true),
    arrive(900n, true),
    refund(0, 300n, 1),
  ]);
  const found = await foundOf(run, plant);
  expect(found).toMatch(plant.says);
  await prove(run);
});
