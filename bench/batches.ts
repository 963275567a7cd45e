import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateFolder } from '../platform/paths.ts';
import { type Api, createApi } from '../scripts/demo/api.ts';
import { logTail, spawnOmsx, waitForCredentials } from './payments/ours.ts';
import { openOurBooks } from './payments/oursBooks.ts';
import { Stops } from './stops.ts';
import type { BenchTable } from './table.ts';
import { below, targetsTable } from './targets.ts';

const ITEMS = 10_000;
const RUNS = 3;
const POLL_MS = 20;
const WAIT_MAX_MS = 60_000;
const DONE_MAX_MS = 8_000;

const UPLOAD = `mutation Upload($input: UploadPayoutBatchInput!) {
  result: uploadPayoutBatch(input: $input) { __typename ... on PayoutBatch { id } ... on Failure { message } }
}`;
const STATUS = 'query Status($id: ID!) { payoutBatch(id: $id) { status completed { count } } }';

interface Figures {
  /** From the request to its answer. */
  readonly acceptedMs: number;
  /** From that answer until the last item is completed. */
  readonly completedMs: number;
}

/**
 * `omsx up` and batches of 10,000 BOOK payouts, uploaded as CSV. The first run warms up and counts nothing.
 *
 * @throws when a batch is refused, or does not end COMPLETED
 */
export async function runBatchesBench(
  report: (line: string) => void = () => undefined,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'batches-'));
  const stops = new Stops();
  try {
    report('starting the platform');
    const child = await spawnOmsx(folder, [], stops, { OMSX_BUDGET_PER_SECOND: '0' });
    const credentials = await waitForCredentials(child, folder);
    const api = createApi({ url: credentials.graphql, apiKey: credentials.apiKey });
    const { accountIds, hotId } = await openOurBooks(api);
    const runs: Figures[] = [];
    for (let run = 0; run <= RUNS; run++) {
      report(run === 0 ? 'a batch to warm up' : `batch ${run} of ${RUNS}`);
      runs.push(await measureBatch(api, hotId, accountIds));
    }
    return tablesOf(runs.slice(1));
  } catch (error) {
    report(await logTail(folder));
    throw error;
  } finally {
    await stops.run();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureBatch(api: Api, sourceId: string, payees: readonly string[]): Promise<Figures> {
  const lines = Array.from({ length: ITEMS }, (_, index) => `${payees[index % payees.length]},0.01`);
  const text = ['destination_id,amount', ...lines].join('\n');
  const input = { idempotencyKey: `bench ${randomUUID()}`, sourceId, asset: 'USD', format: 'CSV', text };
  const beganMs = performance.now();
  const { data } = await api.query<{ result: { id?: string; message?: string } }>(UPLOAD, { input });
  const acceptedAtMs = performance.now();
  if (data.result.id === undefined) throw new Error(`a batch was refused: ${data.result.message}`);
  await untilEnded(api, data.result.id, acceptedAtMs + WAIT_MAX_MS);
  return { acceptedMs: acceptedAtMs - beganMs, completedMs: performance.now() - acceptedAtMs };
}

async function untilEnded(api: Api, id: string, deadlineMs: number): Promise<void> {
  for (;;) {
    const { data } = await api.query<{ payoutBatch: { status: string; completed: { count: number } } }>(
      STATUS,
      { id },
    );
    const { status, completed } = data.payoutBatch;
    if (status === 'COMPLETED' && completed.count === ITEMS) return;
    const isUnderWay = status === 'VALIDATED' || status === 'PROCESSING';
    if (!isUnderWay || performance.now() > deadlineMs) throw new Error(`the batch is ${status}`);
    await sleep(POLL_MS);
  }
}

function tablesOf(runs: readonly Figures[]): readonly BenchTable[] {
  const worst = Math.max(...runs.map(({ completedMs }) => completedMs));
  return [
    {
      title: `Payout batches: ${ITEMS} BOOK payouts from one account`,
      conditions: [
        `${availableParallelism()} x ${cpus()[0]?.model ?? 'CPU'}, shared by omsx, Postgres and the client; Node ${process.version}`,
      ],
      columns: [
        { key: 'run', heading: 'run', digits: 0 },
        { key: 'acceptedMs', heading: 'request to answer ms', digits: 0 },
        { key: 'completedMs', heading: 'accepted to all completed ms', digits: 0 },
        { key: 'perSecond', heading: 'payouts a second', digits: 0 },
      ],
      rows: runs.map((figures, index) => ({
        run: index + 1,
        ...figures,
        perSecond: ITEMS / (figures.completedMs / 1_000),
      })),
    },
    targetsTable([below('accepted to all completed, slowest, ms', worst, DONE_MAX_MS)]),
  ];
}
