import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder } from '../../platform/paths.ts';
import { startWorker } from '../load/worker.ts';
import { openPinning } from '../pinning.ts';
import { profilerArguments, readProfiles, type Span } from '../profile.ts';
import { Stops } from '../stops.ts';
import type { BenchTable } from '../table.ts';
import { compareAnswers } from './equality.ts';
import { startOurs } from './gateways/ours.ts';
import { measureCell } from './measure.ts';
import { GENERATOR, type RouterBenchOptions } from './options.ts';
import { startPlatformSubject } from './platform/subject.ts';
import { startShop } from './shop/subject.ts';
import type { Subject, SubjectQuery } from './subject.ts';

const WARM_UP_MS = 2_000;

/** Runs our router alone under V8's sampling profiler, once for each query, and tells where the time went. */
export async function profileRouter(
  options: RouterBenchOptions,
  report: (line: string) => void,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'profile-'));
  const tables: BenchTable[] = [];
  try {
    for (const start of [startShop, startPlatformSubject]) {
      const subject = await start(folder);
      try {
        for (const query of subject.queries) {
          report(`${subject.name}: the ${query.name} query`);
          tables.push(...(await profileQuery(folder, subject, query, options)));
        }
      } finally {
        await subject.stop();
      }
    }
    return tables;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A process of its own for each, because a profile is written when the process ends. */
async function profileQuery(
  folder: string,
  subject: Subject,
  query: SubjectQuery,
  { durationMs }: RouterBenchOptions,
): Promise<readonly BenchTable[]> {
  const profiles = join(folder, `profiles-${query.name}`);
  const stops = new Stops();
  const spans: Span[] = [];
  const pinning = await openPinning();
  try {
    const generator = await startWorker(GENERATOR, join(folder, 'generator.log'));
    stops.add(generator.stop);
    for (const pid of [process.pid, generator.pid, ...subject.loadPids]) await pinning.pinLoad(pid);
    const { supergraphFile, signing, routerEnvironment } = subject;
    const nodeArguments = profilerArguments(profiles);
    const gateway = await startOurs(
      { folder, supergraphFile, coalesces: false, signing, nodeArguments },
      routerEnvironment,
    );
    stops.add(gateway.stop);
    await pinning.pinMeasured(gateway.rootPid);
    await compareAnswers(generator, subject, query, [gateway]);
    const cell = { gateway, query, isUnique: true };
    const phase = await measureCell(generator, subject, cell, { warmUpMs: WARM_UP_MS, durationMs });
    spans.push({ ...phase, requests: phase.result.latenciesMs.length });
  } finally {
    await stops.run();
  }
  return await readProfiles(profiles, spans, `the ${query.name} query`);
}
