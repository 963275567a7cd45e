import { readFile, writeFile } from 'node:fs/promises';
import type { ClusterFiles } from './postgresCluster.ts';

/** What the last start used; a missing or unreadable record only costs a restart. */
export type ServerRecord = { readonly port: number | undefined; readonly fingerprint: string | undefined };

/** The record of the last start; empty when there is none or it cannot be read. */
export async function readRecord(files: ClusterFiles): Promise<ServerRecord> {
  try {
    const parsed: unknown = JSON.parse(await readFile(files.server, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'port' in parsed && 'fingerprint' in parsed) {
      const { port, fingerprint } = parsed;
      if (typeof port === 'number' && typeof fingerprint === 'string') return { port, fingerprint };
    }
  } catch {
    // Falls through: no record.
  }
  return { port: undefined, fingerprint: undefined };
}

/** Replaces the record; called once the server is ready. */
export async function writeRecord(files: ClusterFiles, record: ServerRecord): Promise<void> {
  await writeFile(files.server, `${JSON.stringify(record)}\n`, { mode: 0o600 });
}
