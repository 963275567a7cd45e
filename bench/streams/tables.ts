import { quantile } from '../figures.ts';
import type { BenchRow, BenchTable } from '../table.ts';
import { below, exactly, targetsTable } from '../targets.ts';
import type { FanoutFigures } from './fanout.ts';
import type { SocketFigures } from './sockets.ts';
import type { StormFigures } from './storm.ts';

const SUBSCRIPTION_BYTES_MAX = 12 * 1_024;
const FANOUT_MAX_MS = 300;
const CAUGHT_UP_MAX_MS = 10_000;
const KB = 1_024;

/** What a crowd of subscribers weighs, and how long an event takes to all of it. */
export interface CrowdFigures {
  readonly bare: SocketFigures;
  readonly ours: SocketFigures;
  readonly fanout: readonly FanoutFigures[];
}

export function crowdTables(
  { bare, ours, fanout }: CrowdFigures,
  conditions: readonly string[],
): readonly BenchTable[] {
  return [socketTable([bare, ours], conditions), fanoutTable(fanout, ours.subscriptions)];
}

function socketTable(figures: readonly SocketFigures[], conditions: readonly string[]): BenchTable {
  return {
    title: 'Streams: subscriptions on one process',
    conditions,
    columns: [
      { key: 'name', heading: 'server', digits: 0 },
      { key: 'subscriptions', heading: 'subscriptions', digits: 0 },
      { key: 'openedMs', heading: 'opened in ms', digits: 0 },
      { key: 'beforeMb', heading: 'MB before', digits: 0 },
      { key: 'afterMb', heading: 'MB after', digits: 0 },
      { key: 'kilobytes', heading: 'kB each', digits: 1 },
    ],
    rows: figures.map(({ bytes, ...rest }) => ({ ...rest, kilobytes: bytes === null ? null : bytes / KB })),
  };
}

function fanoutTable(figures: readonly FanoutFigures[], subscribers: number): BenchTable {
  return {
    title: 'Streams: one event to all subscribers of one operation',
    conditions: [
      `${subscribers} subscribers; from sending the mutation that makes the event, so with its COMMIT`,
    ],
    columns: [
      { key: 'name', heading: 'event', digits: 0 },
      { key: 'firstMs', heading: 'first has it after ms', digits: 0 },
      { key: 'lastMs', heading: 'last has it after ms', digits: 0 },
      { key: 'messages', heading: 'messages', digits: 0 },
      { key: 'resolutions', heading: 'resolutions', digits: 0 },
      { key: 'shared', heading: 'shared', digits: 0 },
      { key: 'routerCpuMs', heading: "router's CPU ms", digits: 0 },
    ],
    rows: figures.map((one, index) => ({ name: String(index + 1), ...one })),
  };
}

export function stormTable(figures: StormFigures, conditions: readonly string[]): BenchTable {
  return {
    title: 'Streams: all clients come back after kill -9 of the router',
    conditions: [
      ...conditions,
      `${figures.clients} clients over ${figures.accounts} accounts with their last cursors, ${figures.events} events meanwhile; times from starting the router again`,
      'caught up: a client has all that was committed before it asked for the rest',
    ],
    columns: [
      { key: 'name', heading: 'what', digits: 0 },
      { key: 'value', heading: 'value', digits: 0 },
    ],
    rows: [
      { name: 'clients that came back', value: figures.resumed },
      { name: 'router answers again, ms', value: figures.healthyMs },
      { name: 'breaks of all clients', value: figures.breaks },
      { name: 'let in and asked, median, ms', value: figures.askedP50Ms },
      { name: 'let in and asked, the last one, ms', value: figures.askedMaxMs },
      { name: 'caught up, median, ms', value: figures.caughtUpP50Ms },
      { name: 'caught up, the last one, ms', value: figures.caughtUpMaxMs },
      { name: 'versions lost', value: figures.lost },
      { name: 'versions doubled', value: figures.doubled },
      { name: 'clients behind at the end', value: figures.behind },
      { name: 'messages resolved', value: figures.resolutions },
      { name: 'messages shared', value: figures.shared },
      { name: "router's CPU since its start, ms", value: figures.routerCpuMs },
      { name: 'router without a core meanwhile, ms', value: figures.routerWaitedMs },
      { name: 'router, most memory, MB', value: figures.routerPeakMb },
    ],
  };
}

/** Of several events the median counts for the time, and the most for the resolutions. What was not run is left out. */
export function streamsTargets(crowd: CrowdFigures | null, storm: StormFigures | null): BenchTable {
  return targetsTable([
    ...(crowd === null ? [] : crowdTargets(crowd)),
    ...(storm === null ? [] : stormTargets(storm)),
  ]);
}

function crowdTargets({ bare, ours, fanout }: CrowdFigures): readonly BenchRow[] {
  const beyond = bare.bytes === null || ours.bytes === null ? null : ours.bytes - bare.bytes;
  const lastMs = Float64Array.from(fanout.map((one) => one.lastMs)).sort();
  const resolutions = fanout.map((one) => one.resolutions ?? Number.NaN);
  return [
    exactly('subscriptions on one process', ours.subscriptions, bare.subscriptions),
    below('bytes of a subscription beyond ws and graphql-ws', beyond, SUBSCRIPTION_BYTES_MAX),
    below('one event to the last subscriber, median, ms', quantile(lastMs, 0.5), FANOUT_MAX_MS),
    exactly('resolutions of one event, at most', Math.max(...resolutions), 1),
  ];
}

function stormTargets(storm: StormFigures): readonly BenchRow[] {
  return [
    below('all caught up after kill -9, ms', storm.caughtUpMaxMs, CAUGHT_UP_MAX_MS),
    exactly('versions lost, and clients behind at the end', storm.lost + storm.behind, 0),
    exactly('versions doubled', storm.doubled, 0),
  ];
}
