import { runCases, USUAL_RUN } from './run.ts';

/**
 * Random supergraphs and operations: the router's engine, with either planner, against Apollo's executor and against the
 * same data behind one schema. What counts as equal is in compare.ts, differences that are understood are in known.ts.
 * `npm run fuzz` runs more, or one case again.
 */
const SEED = process.env.FUZZ_SEED ?? USUAL_RUN.seed;
const CASES = Number(process.env.FUZZ_CASES ?? USUAL_RUN.cases);
const TIMEOUT_MS = 600_000;

test(
  `${CASES} random cases are answered as they should be (seed ${SEED})`,
  async () => {
    const reports: string[] = [];
    const tally = await runCases({
      ...USUAL_RUN,
      seed: SEED,
      cases: CASES,
      findingsMax: 3,
      onFinding: (report) => reports.push(report),
    });
    expect(reports.join('\n\n')).toBe('');
    expect(tally.cases).toBe(CASES);
  },
  TIMEOUT_MS,
);
