import { Arena } from './arena.ts';
import { type Case, type CaseName, printCaseName } from './case.ts';
import type { Finding } from './evidence.ts';
import type { Judgement } from './judge.ts';
import { shrinkOperation } from './operation/shrink.ts';
import { describe } from './report.ts';

export interface RunOptions {
  readonly seed: string;
  readonly cases: number;
  readonly operationsPerSupergraph: number;
  /** Sets of variables and conditions that each operation is run with. */
  readonly roundsPerOperation: number;
  /** Stops after so many. */
  readonly findingsMax: number;
  readonly onProgress?: (tally: Tally) => void;
  /** Gets the report of each finding, which is made as small as it gets for it. */
  readonly onFinding?: (report: string, name: CaseName) => void;
}

/**
 * The run of every test run: as few cases as find each fault that planted.test.ts plants, and a seed of which they are
 * enough. A night runs a hundred times as many (`npm run fuzz:nightly`).
 */
export const USUAL_RUN = {
  seed: 'b',
  cases: 600,
  operationsPerSupergraph: 25,
  roundsPerOperation: 3,
} as const;

/** What a run has come to. */
export interface Tally {
  cases: number;
  supergraphs: number;
  /** Generated, and refused by the composition. */
  refused: number;
  readonly known: Map<string, number>;
  readonly failed: string[];
}

/** Runs so many cases, all from one seed. */
export async function runCases(options: RunOptions): Promise<Tally> {
  const tally: Tally = { cases: 0, supergraphs: 0, refused: 0, known: new Map(), failed: [] };
  for (let supergraph = 0; !isDone(tally, options); supergraph++) {
    const name = { seed: options.seed, supergraph };
    const arena = await Arena.generate(name);
    if (arena === null) {
      tally.refused++;
      continue;
    }
    tally.supergraphs++;
    try {
      await runSupergraph(arena, name, options, tally);
    } finally {
      await arena.close();
    }
    options.onProgress?.(tally);
  }
  return tally;
}

function isDone(tally: Tally, { cases, findingsMax }: RunOptions): boolean {
  return tally.cases >= cases || tally.failed.length >= findingsMax;
}

async function runSupergraph(
  arena: Arena,
  base: Pick<CaseName, 'seed' | 'supergraph'>,
  options: RunOptions,
  tally: Tally,
): Promise<void> {
  for (let operation = 0; operation < options.operationsPerSupergraph; operation++) {
    for (let round = 0; round < options.roundsPerOperation && !isDone(tally, options); round++) {
      const name = { ...base, operation, round };
      const [one, finding] = await findingOf(arena, name, tally);
      if (finding === undefined) continue;
      tally.failed.push(printCaseName(name));
      if (options.onFinding) options.onFinding(await reportOf(arena, one, finding), name);
      // One operation that fails would fail again in the next rounds.
      break;
    }
  }
}

/** Runs one case. Gives the report of what is wrong; null when nothing is. */
export async function runCase(arena: Arena, name: CaseName): Promise<string | null> {
  const [one, finding] = await findingOf(arena, name);
  return finding === undefined ? null : reportOf(arena, one, finding);
}

/** @throws with the name of the case that cannot be run */
async function findingOf(
  arena: Arena,
  name: CaseName,
  tally?: Tally,
): Promise<readonly [Case, Finding | undefined]> {
  const one = arena.caseOf(name);
  let judgement: Judgement;
  try {
    judgement = (await arena.run(one)).judgement;
  } catch (error) {
    throw new Error(`case ${one.name} cannot be run`, { cause: error });
  }
  if (tally) {
    tally.cases++;
    for (const known of judgement.known) tally.known.set(known, (tally.known.get(known) ?? 0) + 1);
  }
  return [one, judgement.findings[0]];
}

async function reportOf(arena: Arena, one: Case, finding: Finding): Promise<string> {
  const shrunk = await shrink(arena, one, finding);
  const trace = await traceOf(arena, shrunk.one);
  const { composed, apiSchema } = arena.world;
  return describe(shrunk.one, shrunk.finding, { trace, subgraphs: composed.subgraphs, schema: apiSchema });
}

/** Every fetch that anyone made. */
async function traceOf(arena: Arena, one: Case): Promise<readonly string[]> {
  const lines: string[] = [];
  arena.trace = (line) => lines.push(line);
  await arena.run(one);
  arena.trace = undefined;
  return lines.sort((a, b) => Number(a.split(':')[0] !== b.split(':')[0]) && (a < b ? -1 : 1));
}

interface Shrunk {
  readonly one: Case;
  readonly finding: Finding;
}

/** The smallest operation of which the same engine answers in the same way wrong. */
async function shrink(arena: Arena, one: Case, finding: Finding): Promise<Shrunk> {
  let smallest: Shrunk = { one, finding };
  await shrinkOperation(arena.world.apiSchema, one.text, async (text) => {
    const smaller = { ...one, text };
    const judgement = await judgementOf(arena, smaller);
    const same = judgement?.findings.find(
      ({ planner, against }) => planner === finding.planner && against === finding.against,
    );
    if (same) smallest = { one: smaller, finding: same };
    return same !== undefined;
  });
  return smallest;
}

/** Null for what cannot be run any more, such as without the default of a variable that has no value. */
async function judgementOf(arena: Arena, one: Case): Promise<Judgement | null> {
  try {
    return (await arena.run(one)).judgement;
  } catch {
    return null;
  }
}
