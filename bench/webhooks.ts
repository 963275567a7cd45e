import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runMigrations } from '../migrations/run.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { formatId, newUuid, type Uuid } from '../platform/id.ts';
import { createLogger } from '../platform/log.ts';
import { appendEvents, type NewEvent } from '../platform/outbox.ts';
import { stateFolder } from '../platform/paths.ts';
import { type Database, openDatabase } from '../platform/postgres.ts';
import { openFileVault } from '../platform/vault/fileVault.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';
import { sealWebhookKey } from '../subgraphs/payments/commands/webhookKey.ts';
import { insertWebhookKey } from '../subgraphs/payments/store/webhookKeys.ts';
import { insertWebhookEndpoint } from '../subgraphs/payments/store/webhookWrites.ts';
import { startWebhooks } from '../subgraphs/payments/workers/webhooks.ts';
import { Stops } from './stops.ts';
import type { BenchTable } from './table.ts';
import { below, exactly, targetsTable } from './targets.ts';

export const WEBHOOKS_BENCH_DEFAULTS = { durationMs: 15_000 } as const;

const ENDPOINTS = 50;
const HANGING = 10;
/** To healthy endpoints; those that hang have as many each on top. */
const HEALTHY_PER_SECOND = 500;
const TICK_MS = 20;
/** Until code and plans are warm, which the figures leave out. */
const WARM_UP_MS = 3_000;
const DRAIN_WAIT_MS = 15_000;
const P99_MS = 1_000;

type Report = (line: string) => void;

interface Target {
  readonly organizationId: Uuid;
  readonly hangs: boolean;
}

/** Messages from COMMIT to arrival while a fifth of the endpoints never answers. @throws when Postgres does not start */
export async function runWebhooksBench(
  options: { readonly durationMs: number } = WEBHOOKS_BENCH_DEFAULTS,
  report: Report = () => undefined,
): Promise<readonly BenchTable[]> {
  const stops = new Stops();
  try {
    const folder = join(stateFolder, 'bench');
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), shared: true });
    stops.add(() => postgres.stop());
    await runMigrations(postgres.url);
    const writes = await openDatabase({ url: postgres.url, role: 'omsx_payments_writer', poolMax: 2 });
    stops.add(() => writes.close());
    const vault = await openFileVault(join(folder, 'webhook-key'), 'create');
    const arrivals = new Map<string, number>();
    const receiver = await startReceiver(arrivals);
    stops.add(async () => {
      receiver.closeAllConnections();
      receiver.close();
    });
    const targets = await addTargets(writes, vault, (receiver.address() as AddressInfo).port);
    const logger = createLogger({ level: 'silent', name: 'bench' });
    const webhooks = await startWebhooks({ url: postgres.url, vault, logger, allowsLoopback: true });
    stops.add(() => webhooks.close());
    report(`${HEALTHY_PER_SECOND} a second to ${ENDPOINTS - HANGING} endpoints, while ${HANGING} hang`);
    await produce(writes, targets, WARM_UP_MS);
    const committed = await produce(writes, targets, options.durationMs);
    const deadline = Date.now() + DRAIN_WAIT_MS;
    const isMissing = (): boolean => [...committed.keys()].some((id) => !arrivals.has(id));
    while (isMissing() && Date.now() < deadline) await sleep(50);
    return tablesOf(committed, arrivals, options.durationMs);
  } finally {
    await stops.run();
  }
}

async function startReceiver(arrivals: Map<string, number>): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/hangs') return;
    arrivals.set(String(request.headers['webhook-id']), performance.now());
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function addTargets(writes: Database, vault: KeyVault, port: number): Promise<readonly Target[]> {
  const made: Target[] = [];
  for (let index = 0; index < ENDPOINTS; index++) {
    const [id, organizationId, hangs] = [newUuid(), newUuid(), index < HANGING];
    const { key } = await sealWebhookKey(vault, id);
    const url = `http://127.0.0.1:${port}/${hangs ? 'hangs' : 'takes'}`;
    const rest = { customerId: null, events: [], complianceOnly: false, ordered: true, description: null };
    await writes.write(async (tx) => {
      await insertWebhookEndpoint(tx, { id, organizationId, url, ...rest });
      await insertWebhookKey(tx, { id, organizationId }, key);
    });
    made.push({ organizationId, hangs });
  }
  return made;
}

/** Commits events at fixed times, and gives when those for healthy endpoints were. */
async function produce(
  writes: Database,
  targets: readonly Target[],
  durationMs: number,
): Promise<ReadonlyMap<string, number>> {
  const committed = new Map<string, number>();
  const perTick = (HEALTHY_PER_SECOND * ENDPOINTS * TICK_MS) / (ENDPOINTS - HANGING) / 1_000;
  const startedAt = performance.now();
  const writing: Promise<void>[] = [];
  let made = 0;
  for (let tick = 0; tick * TICK_MS < durationMs; tick++) {
    await sleep(Math.max(startedAt + tick * TICK_MS - performance.now(), 0));
    const batch: { readonly event: NewEvent; readonly hangs: boolean }[] = [];
    for (; made < (tick + 1) * perTick; made++) {
      const { organizationId, hangs } = targets[made % targets.length] as Target;
      batch.push({ event: eventOf(organizationId), hangs });
    }
    const write = writes.write((tx) =>
      appendEvents(
        tx,
        batch.map(({ event }) => event),
      ),
    );
    writing.push(
      write.then(() => {
        const at = performance.now();
        for (const { event, hangs } of batch) if (!hangs) committed.set(formatId('evt', event.id), at);
      }),
    );
  }
  await Promise.all(writing);
  return committed;
}

function eventOf(organizationId: Uuid): NewEvent {
  const [id, aggregateId] = [newUuid(), newUuid()];
  const payload = JSON.stringify({ id: aggregateId });
  return {
    id,
    organizationId,
    type: 'CustomerCreated',
    aggregateId,
    version: 1,
    subjects: [aggregateId],
    payload,
  };
}

function tablesOf(
  committed: ReadonlyMap<string, number>,
  arrivals: ReadonlyMap<string, number>,
  durationMs: number,
): readonly BenchTable[] {
  const lags = [...committed].flatMap(([id, at]) => {
    const arrivedAt = arrivals.get(id);
    return arrivedAt === undefined ? [] : [Math.max(arrivedAt - at, 0)];
  });
  lags.sort((a, b) => a - b);
  const at = (share: number): number | null =>
    lags[Math.min(Math.floor(lags.length * share), lags.length - 1)] ?? null;
  const missing = committed.size - lags.length;
  const headings = {
    name: 'endpoints',
    sent: 'events',
    missing: 'missing',
    p50: 'p50 ms',
    p99: 'p99 ms',
    max: 'max ms',
  };
  return [
    {
      title: 'Webhooks: from COMMIT to arrival',
      conditions: [
        `${availableParallelism()} CPUs, shared by sender, receiver, generator and Postgres; Node ${process.version}`,
        `${ENDPOINTS} endpoints, ${HANGING} of which never answer; ${durationMs / 1_000} s at fixed times after ${WARM_UP_MS / 1_000} s of warm-up`,
      ],
      columns: Object.entries(headings).map(([key, heading]) => ({
        key,
        heading,
        digits: heading.endsWith('ms') ? 1 : 0,
      })),
      rows: [{ name: 'healthy', sent: committed.size, missing, p50: at(0.5), p99: at(0.99), max: at(1) }],
    },
    targetsTable([
      below('COMMIT to arrival, p99 ms', at(0.99), P99_MS),
      exactly('events missing', missing, 0),
    ]),
  ];
}
