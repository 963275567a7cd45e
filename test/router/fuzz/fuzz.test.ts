import { runCases } from './run.ts';

/**
 * Random supergraphs and operations: the router's engine, with either planner, against Apollo's executor and against the
 * same data behind one schema. What counts as equal is in compare.ts, differences that are understood are in known.ts.
 * `npm run fuzz` runs more, or one case again.
 */
const SEED = process.env.FUZZ_SEED ?? 'npm test';
const CASES = Number(process.env.FUZZ_CASES ?? 2_000);
const TIMEOUT_MS = 600_000;

test(
  `${CASES} random cases are answered as they should be (seed ${SEED})`,
  async () => {
    const reports: string[] = [];
    const tally = await runCases({
      seed: SEED,
      cases: CASES,
      operationsPerSupergraph: 25,
      roundsPerOperation: 3,
      findingsMax: 3,
      onFinding: (report) => reports.push(report),
    });
    expect(reports.join('\n\n')).toBe('');
    expect(tally.cases).toBe(CASES);
  },
  TIMEOUT_MS,
);
