import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../platform/paths.ts';
import { type CodePlace, createSourceMapper } from './sourceMaps.ts';
import type { BenchRow, BenchTable } from './table.ts';

interface Frame extends CodePlace {
  readonly functionName: string;
}

/** The parts of V8's CPU profile that we read. Times are microseconds of the machine's monotonic clock. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: Frame;
    readonly children?: readonly number[];
  }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A span under load; samples outside of all spans (start, seeding, idling) are not counted. */
export interface Span {
  readonly startedUs: number;
  readonly endedUs: number;
  readonly requests: number;
}

const SAMPLE_EVERY_US = 250;
const FUNCTIONS_MAX = 30;
const PACKAGES_MAX = 25;
/** V8's own work, which no caller answers for. */
const V8_OWN = new Set(['(garbage collector)', '(program)', '(idle)', '(root)', 'runMicrotasks']);
/** V8's names for a thread that waits. */
const IDLE = new Set(['(idle)', '(root)']);

/** For a Node process that is to leave its profile in this folder when it ends. */
export function profilerArguments(folder: string): readonly string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_EVERY_US}`];
}

/** Self time of functions and packages in all profiles of a folder, within the spans. */
export async function readProfiles(
  folder: string,
  spans: readonly Span[],
  what: string,
): Promise<readonly BenchTable[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'));
  const functions = new Map<string, number>();
  const packages = new Map<string, number>();
  for (const file of files) {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
    addProfile(toSources(profile), spans, functions, packages);
  }
  const totalUs = [...packages.values()].reduce((sum, us) => sum + us, 0);
  const requests = spans.reduce((sum, span) => sum + span.requests, 0);
  const conditions = [
    `${requests} requests, ${(totalUs / requests / 1_000).toFixed(3)} ms of our JavaScript thread's time each, with the profiler's own cost and what other processes took from it`,
    `${files.length} ${files.length === 1 ? 'profile' : 'profiles'}, waiting not counted`,
  ];
  const table = (title: string, times: ReadonlyMap<string, number>, max: number): BenchTable => ({
    title,
    conditions,
    columns: COLUMNS,
    rows: topRows(times, totalUs, requests, max),
  });
  return [
    table(`Profile of ${what}: self time by package`, packages, PACKAGES_MAX),
    table(`Profile of ${what}: self time by function`, functions, FUNCTIONS_MAX),
  ];
}

/** The program runs from a bundle, in which no package can be told from another. */
function toSources(profile: CpuProfile): CpuProfile {
  const toSource = createSourceMapper();
  const nodes = profile.nodes.map((node) => ({
    ...node,
    callFrame: { ...node.callFrame, ...toSource(node.callFrame) },
  }));
  return { ...profile, nodes };
}

const COLUMNS = [
  { key: 'name', heading: 'where', digits: 0 },
  { key: 'share', heading: '%', digits: 1 },
  { key: 'usEach', heading: 'us/request', digits: 1 },
];

function topRows(
  times: ReadonlyMap<string, number>,
  totalUs: number,
  requests: number,
  max: number,
): readonly BenchRow[] {
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, max)
    .map(([name, us]) => ({ name, share: (us / totalUs) * 100, usEach: us / requests }));
}

function addProfile(
  profile: CpuProfile,
  spans: readonly Span[],
  functions: Map<string, number>,
  packages: Map<string, number>,
): void {
  const names = nameNodes(profile);
  let atUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const deltaUs = profile.timeDeltas[index] ?? 0;
    atUs += deltaUs;
    const frame = names.get(id);
    if (frame === undefined || IDLE.has(frame.name)) continue;
    if (!spans.some((span) => atUs >= span.startedUs && atUs < span.endedUs)) continue;
    functions.set(frame.name, (functions.get(frame.name) ?? 0) + deltaUs);
    packages.set(frame.home, (packages.get(frame.home) ?? 0) + deltaUs);
  }
}

interface Place {
  readonly name: string;
  readonly home: string;
}

/** A function outside of all files, such as a system call, is named together with the package that called it. */
function nameNodes(profile: CpuProfile): ReadonlyMap<number, Place> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const callerOf = (id: number): string | null => {
    for (let at = parents.get(id); at !== undefined; at = parents.get(at)) {
      const url = nodes.get(at)?.callFrame.url ?? '';
      if (url !== '' && !url.startsWith('node:')) return homeOf(url);
    }
    return null;
  };
  return new Map(
    profile.nodes.map(({ id, callFrame }) => {
      const { url } = callFrame;
      const functionName = callFrame.functionName || '(anonymous)';
      if (url !== '') return [id, { name: `${functionName} ${placeOf(callFrame)}`, home: homeOf(url) }];
      const caller = V8_OWN.has(functionName) ? null : callerOf(id);
      const name = caller === null ? functionName : `${functionName} < ${caller}`;
      return [id, { name, home: name }];
    }),
  );
}

function pathOf(url: string): string {
  return (url.startsWith('file:') ? fileURLToPath(url) : url).replace(`${projectRoot}/`, '');
}

/** tsx puts a file on one line, so that the line of our own says nothing. */
function placeOf({ url, lineNumber }: Frame): string {
  if (url.startsWith('node:')) return url;
  const path = pathOf(url).replace(/^.*node_modules\//, '');
  return path.endsWith('.ts') ? path : `${path}:${lineNumber + 1}`;
}

/** The package, or the folder of ours. */
function homeOf(url: string): string {
  if (url.startsWith('node:')) return url.replace('node:internal/', 'node:');
  const path = pathOf(url);
  const place = path.replace(/^.*node_modules\//, '');
  if (path === place) return `omsx ${path.split('/').slice(0, -1).join('/')}`;
  return place
    .split('/')
    .slice(0, place.startsWith('@') ? 2 : 1)
    .join('/');
}
