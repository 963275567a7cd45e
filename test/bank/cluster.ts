import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePort } from '../../platform/embedded/ports.ts';
import type { Uuid } from '../../platform/id.ts';
import { projectRoot } from '../../platform/paths.ts';
import { controlSimulator } from '../../rails/bank/simulator/client.ts';
import { type Child, isHealthy, startChild, waitFor } from '../crash/child.ts';
import { openWorld, SECRET, type Tenant, type World } from './world.ts';

export type Part = 'payments' | 'bank' | 'bank-simulator';
export const PARTS: readonly Part[] = ['bank-simulator', 'bank', 'payments'];

const START_MS = 30_000;

/** The three parts as processes that a test may kill; the test itself only asks and reads. */
export interface Cluster {
  readonly world: World;
  start(part: Part): Promise<void>;
  kill(part: Part): Promise<void>;
  /** Ends and begins it again. */
  restart(part: Part): Promise<void>;
  signal(part: Part, signal: NodeJS.Signals): void;
  hasEnded(part: Part): boolean;
  /** How often the simulated bank took an order of this key, by its own journal. */
  timesTaken(key: string): Promise<number>;
  /** Money arrives at the details of a virtual account, told under a key. */
  arrive(tenant: Tenant, virtualAccountId: Uuid, key: string): Promise<void>;
  close(): Promise<void>;
}

export async function openCluster(): Promise<Cluster> {
  const world = await openWorld({ isBare: true });
  const children = new Map<Part, Child>();
  const { databaseUrl, keyFile, bankPort, simulatorPort } = world.settings;
  const ports = { payments: await choosePort([]), bank: bankPort, 'bank-simulator': simulatorPort };
  const environmentOf = (part: Part): Readonly<Record<string, string>> => ({
    OMSX_FOLDER: world.folder,
    OMSX_PORT: String(ports[part]),
    OMSX_BANK_SECRET: SECRET,
    ...(part === 'bank-simulator'
      ? { OMSX_BANK_CALLBACK_URL: `http://127.0.0.1:${bankPort}/callbacks` }
      : {
          DATABASE_URL: databaseUrl,
          OMSX_KEY_FILE: keyFile,
          OMSX_KEY_PEPPER: SECRET,
          OMSX_VIEWER_SECRET: SECRET,
          OMSX_BANK_SIMULATOR_URL: `http://127.0.0.1:${simulatorPort}`,
        }),
  });
  const cluster: Cluster = {
    world,
    async start(part) {
      const child = startChild({
        program: process.execPath,
        args: [join(projectRoot, 'bin', 'omsx.mjs'), part],
        environment: environmentOf(part),
        folder: projectRoot,
        logFile: join(world.folder, `${part}.log`),
      });
      children.set(part, child);
      await waitFor(`healthy ${part}`, START_MS, () => isHealthy(ports[part]), child.hasEnded);
    },
    async kill(part) {
      await children.get(part)?.kill9();
    },
    async restart(part) {
      await cluster.kill(part);
      await cluster.start(part);
    },
    signal(part, signal) {
      process.kill(children.get(part)?.pid ?? 0, signal);
    },
    hasEnded: (part) => children.get(part)?.hasEnded() ?? true,
    async timesTaken(key) {
      const text = await readFile(join(world.folder, 'bank-simulator.journal'), 'utf8');
      const records = text.split('\n').filter((line) => line.includes('"type":"ORDER","order"'));
      return records.filter((line) => JSON.parse(line).order.key === key).length;
    },
    arrive: (to, virtualAccountId, key) => arrive(world, to, virtualAccountId, key),
    async close() {
      for (const part of children.keys()) await children.get(part)?.kill9();
      await world.close();
    },
  };
  for (const part of PARTS) await cluster.start(part);
  return cluster;
}

async function arrive(
  { fixture, settings }: World,
  { organizationId: customer }: Tenant,
  virtualAccountId: Uuid,
  key: string,
): Promise<void> {
  const [paidTo] = await fixture.rows(
    `select type, account_number as "accountNumber", bank_code as "bankCode" from bank.virtual_account where id = $1`,
    [virtualAccountId],
  );
  const endpoint = { url: `http://127.0.0.1:${settings.simulatorPort}`, secret: SECRET };
  const about = { key, customer, rail: 'WIRE', asset: 'USD', amountMinor: '2500', reference: 'x' };
  await controlSimulator(endpoint, '/control/deposit', { ...about, payerAccount: '12345678', paidTo });
}
