import { platform } from 'node:os';
import { serveCalls } from '../load/worker.ts';
import { type Arrival, type Request, Subscriber } from './subscriber.ts';

/** The process that a share of all subscribers live in. */
export interface OpenJob {
  readonly url: string;
  readonly apiKey: string | null;
  /** Subscribers are spread over these evenly. */
  readonly requests: readonly Request[];
  readonly count: number;
  /** Which of the processes this is, for an address of its own. */
  readonly place: number;
}

/** What came since the last `reset`. */
export interface Progress {
  readonly messages: number;
  /** On the clock of `Date.now`; null when nothing came. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

export interface StormJob {
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  /** That each request's account is at: the next one is what comes next. */
  readonly versions: readonly number[];
}

/** What the subscribers of one request went through. */
export interface StormReport {
  /** By subscriber, in no order. */
  readonly subscribers: readonly {
    readonly request: number;
    readonly version: number | null;
    readonly lost: number;
    readonly doubled: number;
    readonly resumes: number;
    readonly resumedAtMs: number;
    /** Since `storm`. */
    readonly arrivals: readonly Arrival[];
  }[];
}

/** Opened at the same time: a server is asked to answer many, not to survive a burst of opening. */
const OPENING_MAX = 100;
const OPEN_WAIT_MS = 180_000;

interface Entry {
  readonly request: number;
  readonly subscriber: Subscriber;
  arrivals: Arrival[];
}

const entries: Entry[] = [];
let messages = 0;
let firstMs: number | null = null;
let lastMs: number | null = null;
let keepsArrivals = false;
let fault: string | null = null;

/** Resolves when each of the new subscribers has its first message. Gives the milliseconds it took. */
async function open(job: OpenJob): Promise<number> {
  const startedMs = performance.now();
  const late = setTimeout(() => {
    fault ??= `not all subscribers had a message within ${OPEN_WAIT_MS} ms`;
  }, OPEN_WAIT_MS);
  let next = 0;
  const openSome = async (): Promise<void> => {
    while (next < job.count) await openOne(job, next++);
  };
  await Promise.all(Array.from({ length: OPENING_MAX }, openSome));
  clearTimeout(late);
  return performance.now() - startedMs;
}

async function openOne(job: OpenJob, index: number): Promise<void> {
  const { port, hostname, pathname } = new URL(job.url);
  const request = index % job.requests.length;
  // Every loopback address is ours on Linux; elsewhere there is one.
  const localAddress = platform() === 'linux' ? `127.0.0.${2 + job.place}` : null;
  await new Promise<void>((resolve, reject) => {
    const entry: Entry = {
      request,
      arrivals: [],
      subscriber: new Subscriber({
        target: { port: Number.parseInt(port, 10), host: hostname, path: pathname, localAddress },
        apiKey: job.apiKey,
        request: job.requests[request] as Request,
        onFirst: resolve,
        onArrival: (arrival) => arrived(entry, arrival),
        onFault: (text) => {
          fault ??= text;
          reject(new Error(text));
        },
      }),
    };
    entries.push(entry);
    if (fault !== null) reject(new Error(fault));
  });
}

function arrived(entry: Entry, arrival: Arrival): void {
  messages++;
  firstMs ??= arrival.atMs;
  lastMs = arrival.atMs;
  if (keepsArrivals) entry.arrivals.push(arrival);
}

async function reset(): Promise<void> {
  messages = 0;
  firstMs = null;
  lastMs = null;
}

/** @throws with what went wrong with any of them */
async function progress(): Promise<Progress> {
  if (fault !== null) throw new Error(fault);
  return { messages, firstMs, lastMs };
}

/** From now on all come back after a break, spread over this time, and keep what comes with its time. */
async function storm({ delayMinMs, delayMaxMs, versions }: StormJob): Promise<void> {
  keepsArrivals = true;
  for (const entry of entries) {
    entry.arrivals = [];
    entry.subscriber.version = versions[entry.request] ?? null;
    entry.subscriber.comeBack(() => delayMinMs + Math.random() * (delayMaxMs - delayMinMs));
  }
}

/** How many have got to the version that their request is at by now. */
async function countAt(versions: readonly number[]): Promise<number> {
  if (fault !== null) throw new Error(fault);
  return entries.filter(({ request, subscriber }) => (subscriber.version ?? 0) >= (versions[request] ?? 0))
    .length;
}

async function report(): Promise<StormReport> {
  return {
    subscribers: entries.map(({ request, subscriber, arrivals }) => {
      const { version, lost, doubled, resumes, resumedAtMs } = subscriber;
      return { request, version, lost, doubled, resumes, resumedAtMs, arrivals };
    }),
  };
}

async function close(): Promise<void> {
  for (const { subscriber } of entries.splice(0)) subscriber.close();
  keepsArrivals = false;
}

serveCalls({ open, reset, progress, storm, countAt, report, close }, close);
