import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from '../platform/inParallel.ts';
import { projectRoot, stateFolder } from '../platform/paths.ts';
import { type Api, createApi } from './demo/api.ts';
import { runCheck } from './demo/checks.ts';
import { onboard, openTreasury } from './demo/onboarding.ts';
import { findRepeats, type PayrollLine, readPayroll } from './demo/payroll.ts';
import { type Fate, progressBar, renderReport } from './demo/report.ts';
import { ensurePlatform } from './demo/running.ts';
import { type Watch, watchTreasury } from './demo/watch.ts';

/**
 * `npm run demo`: pays a payroll of 500 people through the public API and watches every payment over one
 * WebSocket. Every key derives from the file, so a second run pays nobody twice and a run that was killed is
 * finished by the next.
 */
const PARALLEL = 16;
const FUNDING = '2000000.00';
const WATCH_TIMEOUT_MS = 30_000;
const FILE = join(projectRoot, 'examples', 'payroll.csv');

interface Credentials {
  readonly graphql: string;
  readonly ws: string;
  readonly apiKey: string;
}

const PAY = `mutation Pay($input: CreateTransactionInput!) {
  result: createTransaction(input: $input) {
    __typename
    ... on Transaction { id status }
    ... on ExternalIdTaken { existingId }
    ... on Failure { message }
  }
}`;

interface PayResult {
  readonly __typename: string;
  readonly id?: string;
  readonly message?: string;
}

async function run(): Promise<void> {
  const lines = readPayroll(FILE);
  const repeats = findRepeats(lines);
  const stopPlatform = await ensurePlatform();
  try {
    const credentials = JSON.parse(
      readFileSync(join(stateFolder, 'credentials.json'), 'utf8'),
    ) as Credentials;
    const api = createApi({ url: credentials.graphql, apiKey: credentials.apiKey });
    const treasuryId = await openTreasury(api, FUNDING);
    const wallets = await onboardAll(api, lines);
    const watch = await watchTreasury({
      url: credentials.ws,
      apiKey: credentials.apiKey,
      accountId: treasuryId,
    });
    const fates = await payAll(api, treasuryId, lines, repeats, wallets, watch);
    await watch.close();
    const balance = await readBalance(api, treasuryId);
    process.stdout.write(
      `\n${renderReport(fates, watch.latenciesMs, balance, await runCheck('ledgerCheck'))}\n`,
    );
  } finally {
    await stopPlatform();
  }
}

type Wallets = ReadonlyMap<string, { readonly id: string } | { readonly refused: string }>;

/** Onboards each person once, by employee id; those whom the API refuses keep its sentence. */
async function onboardAll(api: Api, lines: readonly PayrollLine[]): Promise<Wallets> {
  const people = [...new Map(lines.map((line) => [line.employeeId, line])).values()];
  const wallets = new Map<string, { readonly id: string } | { readonly refused: string }>();
  const step = progressBar('onboarded', people.length, process.stdout);
  await inParallel(people, PARALLEL, async (line) => {
    wallets.set(line.employeeId, await onboard(api, line));
    step();
  });
  return wallets;
}

async function payAll(
  api: Api,
  treasuryId: string,
  lines: readonly PayrollLine[],
  repeats: ReadonlyMap<PayrollLine, number>,
  wallets: Wallets,
  watch: Watch,
): Promise<readonly Fate[]> {
  const fates = new Map<PayrollLine, Fate>();
  const paid = new Set<string>();
  const step = progressBar('paid or rejected', lines.length, process.stdout);
  await inParallel(lines, PARALLEL, async (line) => {
    step();
    const reject = (reason: string): void => {
      fates.set(line, { kind: 'REJECTED', line: line.line, reference: line.reference, reason });
    };
    const repeated = repeats.get(line);
    if (repeated !== undefined) return reject(`repeats line ${repeated}`);
    const wallet = wallets.get(line.employeeId);
    if (!wallet || 'refused' in wallet) return reject(`unknown person: ${wallet?.refused}`);
    const { data, replayed } = await api.query<{ result: PayResult }>(PAY, {
      input: paymentOf(line, treasuryId, wallet.id),
    });
    if (!data.result.id) return reject(data.result.message ?? data.result.__typename);
    fates.set(line, { kind: replayed ? 'ALREADY_PAID' : 'PAID' });
    if (!replayed) paid.add(data.result.id);
  });
  await watch.until(paid, WATCH_TIMEOUT_MS);
  return lines.map((line) => fates.get(line) as Fate);
}

function paymentOf(
  line: PayrollLine,
  treasuryId: string,
  walletId: string,
): Readonly<Record<string, unknown>> {
  return {
    idempotencyKey: `payroll ${line.reference}`,
    sourceId: treasuryId,
    destinationId: walletId,
    amount: line.amount,
    asset: 'USD',
    externalId: line.reference,
    description: line.note,
    metadata: [{ key: 'employee', value: line.employeeId }],
  };
}

async function readBalance(api: Api, accountId: string): Promise<string> {
  const query = `query Left($id: ID!) { account(id: $id) { balance { available { amount asset { code } } } } }`;
  const { data } = await api.query<{
    account: { balance: { available: { amount: string; asset: { code: string } } } };
  }>(query, { id: accountId });
  const { amount, asset } = data.account.balance.available;
  return `${amount} ${asset.code}`;
}

run().catch((error: unknown) => {
  process.stderr.write(
    `\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}\nRun it again: it finishes the rest.\n`,
  );
  process.exitCode = 1;
});
