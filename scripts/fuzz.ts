import { Arena } from '../test/router/fuzz/arena.ts';
import { parseCaseName } from '../test/router/fuzz/case.ts';
import { runCase, runCases, type Tally } from '../test/router/fuzz/run.ts';

/**
 * Random graphs and operations: the router's engine against Apollo's executor. Ends by itself; exits 1 on a difference.
 *
 * npm run fuzz                                  2,000 cases, with a seed of its own
 * npm run fuzz -- --cases 200000 --seed x       as many cases, all from one seed
 * npm run fuzz -- --case x/12/3/0               one case, such as a run has printed
 */
const CASES = 2_000;
const FINDINGS_MAX = 20;
const PROGRESS_MS = 2_000;

function argument(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : process.argv[at + 1];
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function one(text: string): Promise<boolean> {
  const name = parseCaseName(text);
  const arena = await Arena.generate(name);
  if (arena === null) throw new Error(`the supergraph of ${text} does not compose`);
  try {
    const report = await runCase(arena, name);
    write(report ?? `${text}: no difference`);
    return report === null;
  } finally {
    await arena.close();
  }
}

async function many(): Promise<boolean> {
  const seed = argument('seed') ?? new Date().toISOString();
  const cases = Number(argument('cases') ?? CASES);
  const beganAtMs = performance.now();
  let toldAtMs = beganAtMs;
  const line = (tally: Tally) => {
    const seconds = (performance.now() - beganAtMs) / 1_000;
    const known = [...tally.known].map(([name, count]) => `${name}: ${count}`).join(', ');
    return `${tally.cases}/${cases} cases, ${tally.supergraphs} supergraphs (${tally.refused} did not compose), ${tally.failed.length} differences, ${seconds.toFixed(0)} s; ${known}`;
  };
  write(`seed ${seed}`);
  const tally = await runCases({
    seed,
    cases,
    operationsPerSupergraph: Number(argument('operations') ?? 20),
    roundsPerOperation: Number(argument('rounds') ?? 3),
    findingsMax: Number(argument('findings') ?? FINDINGS_MAX),
    onProgress: (now) => {
      if (performance.now() - toldAtMs < PROGRESS_MS) return;
      toldAtMs = performance.now();
      write(line(now));
    },
    onFinding: write,
  });
  write(line(tally));
  for (const name of tally.failed) write(`failed: npm run fuzz -- --case ${name}`);
  return tally.failed.length === 0;
}

// Waiting for a planner process that has just ended keeps nothing alive.
const busy = setInterval(() => undefined, PROGRESS_MS);
const single = argument('case');
try {
  process.exitCode = (await (single === undefined ? many() : one(single))) ? 0 : 1;
} finally {
  clearInterval(busy);
}
