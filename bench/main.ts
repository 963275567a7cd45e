import { parseArgs } from 'node:util';
import { runBatchesBench } from './batches.ts';
import { LEDGER_BENCH_DEFAULTS, runLedgerBench } from './ledger.ts';
import { LISTS_BENCH_DEFAULTS, runListsBench } from './lists.ts';
import { ONCHAIN_BENCH_DEFAULTS, runOnchainBench } from './onchain.ts';
import { PAYMENTS_BENCH_DEFAULTS } from './payments/options.ts';
import { profilePayments } from './payments/profiling.ts';
import { runPaymentsBench } from './payments.ts';
import { QUOTES_BENCH_DEFAULTS, runQuotesBench } from './quotes.ts';
import { ROUTER_BENCH_DEFAULTS } from './router/options.ts';
import { profileRouter } from './router/profiling.ts';
import { runRouterBench } from './router.ts';
import { STREAMS_BENCH_DEFAULTS, STREAMS_SCENARIOS, type StreamsScenario } from './streams/options.ts';
import { runStreamsBench } from './streams.ts';
import { type BenchTable, formatJson, formatTable } from './table.ts';
import { runWebhooksBench, WEBHOOKS_BENCH_DEFAULTS } from './webhooks.ts';

interface Arguments {
  readonly durationMs: number | undefined;
  readonly profile: boolean;
  readonly only: StreamsScenario | undefined;
}

const BENCHES: Readonly<Record<string, (given: Arguments) => Promise<readonly BenchTable[]>>> = {
  batches: () => runBatchesBench(progress),
  ledger: async ({ durationMs }) => [
    await runLedgerBench({
      ...LEDGER_BENCH_DEFAULTS,
      ...(durationMs === undefined ? {} : { durationMs }),
    }),
  ],
  lists: ({ durationMs }) =>
    runListsBench(durationMs === undefined ? LISTS_BENCH_DEFAULTS : { durationMs }, progress),
  payments: async ({ durationMs, profile }) => {
    const options = { ...PAYMENTS_BENCH_DEFAULTS, ...(durationMs === undefined ? {} : { durationMs }) };
    return profile ? await profilePayments(options, progress) : await runPaymentsBench(options, progress);
  },
  onchain: ({ durationMs }) =>
    runOnchainBench(durationMs === undefined ? ONCHAIN_BENCH_DEFAULTS : { durationMs }, progress),
  quotes: ({ durationMs, profile }) =>
    runQuotesBench(
      { ...QUOTES_BENCH_DEFAULTS, profile, ...(durationMs === undefined ? {} : { durationMs }) },
      progress,
    ),
  router: async ({ durationMs, profile }) => {
    const options = { ...ROUTER_BENCH_DEFAULTS, ...(durationMs === undefined ? {} : { durationMs }) };
    return profile ? await profileRouter(options, progress) : await runRouterBench(options, progress);
  },
  streams: ({ profile, only }) =>
    runStreamsBench({ ...STREAMS_BENCH_DEFAULTS, profile, only: only ?? null }, progress),
  webhooks: ({ durationMs }) =>
    runWebhooksBench(durationMs === undefined ? WEBHOOKS_BENCH_DEFAULTS : { durationMs }, progress),
};

const SECONDS_MAX = 600;
const USAGE_EXIT_CODE = 2;
const USAGE = `Usage: npm run bench -- <${Object.keys(BENCHES).join('|')}> [--json] [--seconds N] [--profile] [--only WHAT]

  --seconds N   measured time of each row, 1 to ${SECONDS_MAX}; batches and streams have none
  --json        one line of JSON a table
  --profile     payments, quotes, router and the storm of streams: where our own CPU time goes
  --only WHAT   streams: ${STREAMS_SCENARIOS.join(' or ')} and nothing else
`;

/** Progress goes to stderr, so that stdout holds nothing but the figures. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const [name = ''] = positionals;
  const run = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  const seconds = values.seconds === undefined ? undefined : Number.parseFloat(values.seconds);
  const known = seconds === undefined || (seconds >= 1 && seconds <= SECONDS_MAX);
  const only = STREAMS_SCENARIOS.find((scenario) => scenario === values.only);
  const isOnly = values.only === undefined || (only !== undefined && name === 'streams');
  if (run === undefined || positionals.length > 1 || !known || !isOnly) {
    process.stderr.write(USAGE);
    return USAGE_EXIT_CODE;
  }
  const durationMs = seconds === undefined ? undefined : seconds * 1_000;
  const tables = await run({ durationMs, profile: values.profile, only });
  for (const table of tables)
    process.stdout.write(values.json ? formatJson(table) : `${formatTable(table)}\n`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  const isUsage = error instanceof TypeError && 'code' in error;
  process.stderr.write(
    isUsage ? `${error.message}\n\n${USAGE}` : `${error instanceof Error ? error.stack : error}\n`,
  );
  return isUsage ? USAGE_EXIT_CODE : 1;
});
