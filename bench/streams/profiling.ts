import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProfiles } from '../profile.ts';
import type { BenchTable } from '../table.ts';
import type { Deployment } from './deployment.ts';
import { startProfiling } from './inspector.ts';

/** By then Node listens for the signal that opens the inspector; before, it would end the process. */
const SIGNAL_DELAY_MS = 700;

export interface StormProfile {
  /** Follows the router that was started just now. Resolves with what ends the profile. */
  readonly watch: () => Promise<() => Promise<void>>;
  /** Where the time went between the two. */
  read(): Promise<readonly BenchTable[]>;
}

/** Tells where the time of the router goes that all clients come back to. */
export async function profileStorm(
  folder: string,
  { cluster, inspectorPort }: Deployment,
  clients: number,
): Promise<StormProfile> {
  const profiles = join(folder, 'profiles');
  await mkdir(profiles, { recursive: true });
  return {
    async watch() {
      await sleep(SIGNAL_DELAY_MS);
      const profiling = await startProfiling(cluster.pidOf('router'), inspectorPort);
      return async () => {
        await writeFile(join(profiles, 'storm.cpuprofile'), JSON.stringify(await profiling.stop()));
      };
    },
    read: () =>
      readProfiles(
        profiles,
        [{ startedUs: 0, endedUs: Number.POSITIVE_INFINITY, requests: clients }],
        'the storm',
      ),
  };
}
