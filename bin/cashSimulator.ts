import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { present } from '../platform/invariant.ts';
import { startCashSimulator } from '../rails/cash/simulator/startSimulator.ts';
import type { Parts } from './parts.ts';

const OWNER_ONLY = 0o700;
const JOURNAL = 'cash-simulator.journal';

/** The simulated counters. What they know is a file in the folder of the installation. Gives the URL they answer at. */
export async function startCashCounters({ config, logger, closers }: Parts): Promise<string> {
  const { cash, folder, host, port } = config;
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  const simulator = await startCashSimulator({
    journalPath: join(folder, JOURNAL),
    host,
    port,
    secret: present(cash.secret, 'OMSX_CASH_SECRET'),
    callbackUrl: present(cash.callbackUrl, 'OMSX_CASH_CALLBACK_URL'),
    crash: () => process.kill(process.pid, 'SIGKILL'),
    onFault: (error) => logger.error({ err: error }, 'the simulated counters stumbled'),
  });
  return closers.add(simulator).url;
}
