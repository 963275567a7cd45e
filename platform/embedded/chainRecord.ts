import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWriteFault } from './errors.ts';

/** What runs, or ran last, in a chain's folder. `settings` tells a server that is wanted from one of other settings. */
export type ChainRecord = {
  readonly pid: number;
  readonly port: number;
  readonly chainId: number;
  readonly settings: string;
};

function recordFile(folder: string): string {
  return join(folder, 'server.json');
}

/** The record of the folder's last run; undefined when there is none, or none that can be read. */
export async function readChainRecord(folder: string): Promise<ChainRecord | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(recordFile(folder), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    if (!('pid' in parsed) || !('port' in parsed)) return undefined;
    if (!('chainId' in parsed) || !('settings' in parsed)) return undefined;
    const { pid, port, chainId, settings } = parsed;
    if (typeof pid !== 'number' || typeof port !== 'number') return undefined;
    if (typeof chainId !== 'number' || typeof settings !== 'string') return undefined;
    return { pid, port, chainId, settings };
  } catch {
    return undefined;
  }
}

/** Throws NOT_WRITABLE. */
export async function writeChainRecord(folder: string, record: ChainRecord): Promise<void> {
  try {
    await writeFile(recordFile(folder), `${JSON.stringify(record)}\n`, { mode: 0o600 });
  } catch (error) {
    throw describeWriteFault(error, folder);
  }
}
