import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder } from '../../platform/paths.ts';
import { startWorker } from '../load/worker.ts';
import { profilerArguments, readProfiles, type Span } from '../profile.ts';
import { Stops } from '../stops.ts';
import type { BenchTable } from '../table.ts';
import { type AnsweredCounts, measurePhase, SCENARIOS } from './measure.ts';
import { GENERATOR, type PaymentsBenchOptions } from './options.ts';
import { logTail, startOurs } from './ours.ts';
import { measureStream } from './streaming.ts';

/** Runs ours alone under V8's sampling profiler and tells where the time went. */
export async function profilePayments(
  options: PaymentsBenchOptions,
  report: (line: string) => void,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'profile-'));
  const profiles = join(folder, 'profiles');
  const stops = new Stops();
  try {
    const loaded: Span[] = [];
    const streamed: Span[] = [];
    const ours = await startOurs({ folder, nodeArguments: profilerArguments(profiles) });
    try {
      const generator = await startWorker(GENERATOR, join(folder, 'generator.log'));
      stops.add(generator.stop);
      const answered: AnsweredCounts = new Map();
      for (const scenario of SCENARIOS) {
        const phase = await measurePhase(generator, ours, scenario, options, answered);
        loaded.push({ ...phase, requests: phase.result.latenciesMs.length });
      }
      const log = join(folder, 'subscriber.log');
      streamed.push((await measureStream(generator, ours, options.durationMs, answered, log)).span);
    } finally {
      // The profile is written when the process ends.
      await ours.stop();
    }
    return [
      ...(await readProfiles(profiles, loaded, 'createTransaction')),
      ...(await readProfiles(profiles, streamed, 'the stream')),
    ];
  } catch (error) {
    report(await logTail(folder));
    throw error;
  } finally {
    await stops.run();
    await rm(folder, { recursive: true, force: true });
  }
}
