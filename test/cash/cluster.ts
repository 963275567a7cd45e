import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePort } from '../../platform/embedded/ports.ts';
import { projectRoot } from '../../platform/paths.ts';
import { type Child, isHealthy, startChild, waitFor } from '../crash/child.ts';
import { openWorld, SECRET, type World } from './world.ts';

export type Part = 'payments' | 'cash' | 'cash-simulator';
export const PARTS: readonly Part[] = ['cash-simulator', 'cash', 'payments'];

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
  /** How often the simulated counters took an order of this key, by its own journal. */
  timesTaken(key: string): Promise<number>;
  /** All that the parts have logged. */
  logs(): Promise<string>;
  close(): Promise<void>;
}

export async function openCluster(): Promise<Cluster> {
  const world = await openWorld({ isBare: true });
  const children = new Map<Part, Child>();
  const { databaseUrl, keyFile, folder, cashPort, simulatorPort } = world.settings;
  const ports = { payments: await choosePort([]), cash: cashPort, 'cash-simulator': simulatorPort };
  const environmentOf = (part: Part): Readonly<Record<string, string>> => ({
    OMSX_FOLDER: folder,
    OMSX_PORT: String(ports[part]),
    OMSX_CASH_SECRET: SECRET,
    ...(part === 'cash-simulator'
      ? { OMSX_CASH_CALLBACK_URL: `http://127.0.0.1:${cashPort}/callbacks` }
      : {
          DATABASE_URL: databaseUrl,
          OMSX_KEY_FILE: keyFile,
          OMSX_VIEWER_SECRET: SECRET,
          OMSX_CASH_SIMULATOR_URL: `http://127.0.0.1:${simulatorPort}`,
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
        logFile: join(folder, `${part}.log`),
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
      const text = await readFile(join(folder, 'cash-simulator.journal'), 'utf8');
      const records = text.split('\n').filter((line) => line.includes('"type":"ORDER","order"'));
      return records.filter((line) => JSON.parse(line).order.key === key).length;
    },
    async logs() {
      const texts = PARTS.map((part) => readFile(join(folder, `${part}.log`), 'utf8'));
      return (await Promise.all(texts)).join('\n');
    },
    async close() {
      for (const part of children.keys()) await children.get(part)?.kill9();
      await world.close();
    },
  };
  for (const part of PARTS) await cluster.start(part);
  return cluster;
}
