import { join } from 'node:path';
import { projectRoot } from '../../../platform/paths.ts';
import { startWorker } from '../../load/worker.ts';
import type { Gateway, GatewaySettings } from './gateway.ts';

const MAIN = join(projectRoot, 'bench', 'router', 'gateways', 'stockMain.ts');

/** Stock `@apollo/gateway` in `@apollo/server`, as their manuals say. It has no coalescing. */
export async function startStock(settings: GatewaySettings): Promise<Gateway> {
  const { folder, nodeArguments, supergraphFile, signing } = settings;
  const worker = await startWorker(MAIN, join(folder, 'stock.log'), nodeArguments);
  try {
    const url = await worker.call<string>('start', { supergraphFile, signing });
    return { name: 'stock', coalesces: false, rootPid: worker.pid, url, stop: worker.stop };
  } catch (error) {
    await worker.stop();
    throw error;
  }
}
