import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { present } from '../platform/invariant.ts';
import { startSimulator } from '../rails/bank/simulator/startSimulator.ts';
import type { Parts } from './parts.ts';

const OWNER_ONLY = 0o700;
const JOURNAL = 'bank-simulator.journal';

/** The simulated bank. What it knows is a file in the folder of the installation. Gives the URL it answers at. */
export async function startBankSimulator({ config, logger, closers }: Parts): Promise<string> {
  const { bank, folder, host, port } = config;
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  const simulator = await startSimulator({
    journalPath: join(folder, JOURNAL),
    host,
    port,
    secret: present(bank.secret, 'OMSX_BANK_SECRET'),
    callbackUrl: present(bank.callbackUrl, 'OMSX_BANK_CALLBACK_URL'),
    crash: () => process.kill(process.pid, 'SIGKILL'),
    onFault: (error) => logger.error({ err: error }, 'the simulated bank stumbled'),
  });
  return closers.add(simulator).url;
}
