import { createHash } from 'node:crypto';
import { ownCpuMs } from '../cpu.ts';
import { HttpConnection } from './httpConnection.ts';
import { serveCalls } from './worker.ts';

/** Requests whose answers are learnt once, and must be the same ever after. */
export interface LearnJob {
  /** Names what is learnt. */
  readonly key: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON texts. */
  readonly bodies: readonly string[];
}

export interface Learnt {
  /** By request: SHA-256 of the answer's data as canonical JSON. */
  readonly hashes: readonly string[];
  /** Of the first answer. */
  readonly bytes: number;
}

export interface QueryJob {
  readonly key: string;
  readonly clients: number;
  readonly durationMs: number;
  /** False: all clients ask the first request. True: each asks the next one. */
  readonly isUnique: boolean;
}

export interface QueryResult {
  /** One for each request, in milliseconds, in no order. */
  readonly latenciesMs: Float64Array;
  readonly elapsedMs: number;
  readonly generatorCpuMs: number;
}

interface Lesson {
  readonly url: URL;
  readonly requests: readonly Buffer[];
  readonly answers: readonly Buffer[];
}

const LEARNERS = 8;
/** The first of the requests; whether answers change from one time to the next shows in any of them. */
const ASKED_TWICE = 8;
const EXCERPT_BYTES = 150;
const lessons = new Map<string, Lesson>();

/** @throws when an answer has errors, or when two answers to one request differ. */
async function learn({ key, url, headers, bodies }: LearnJob): Promise<Learnt> {
  const target = new URL(url);
  const requests = bodies.map((body) => requestOf(target, headers, body));
  const answers: Buffer[] = [];
  await inTurns(target, LEARNERS, requests, async (connection, request, index) => {
    const { status, body } = await connection.ask(request, null);
    if (status !== 200 || body === null) throw new Error(`${key}: HTTP ${status} ${body?.toString()}`);
    answers[index] = body;
    const again = index < ASKED_TWICE ? (await connection.ask(request, null)).body : null;
    if (again?.equals(body) === false) throw new Error(describeChange(key, index, body, again));
  });
  lessons.set(key, { url: target, requests, answers });
  return { hashes: answers.map((answer) => hashOf(key, answer)), bytes: answers[0]?.length ?? 0 };
}

function describeChange(key: string, index: number, first: Buffer, second: Buffer): string {
  let at = 0;
  while (at < first.length && first[at] === second[at]) at++;
  const texts = [first, second].map((answer) =>
    answer.toString('utf8', Math.max(0, at - EXCERPT_BYTES), at + EXCERPT_BYTES),
  );
  return `${key}: two answers to request ${index} differ\n${texts.join('\n')}`;
}

/** The answer itself, to be shown when two systems' differ. */
async function answer({ key, index }: { readonly key: string; readonly index: number }): Promise<string> {
  return canonical(JSON.parse((lessons.get(key)?.answers[index] ?? Buffer.from('null')).toString()));
}

/** Answers are large; those that are not asked for again are let go. */
async function forget(): Promise<void> {
  lessons.clear();
}

/** Clients that each wait for their answer before they ask again. @throws on the first wrong answer. */
async function load({ key, clients, durationMs, isUnique }: QueryJob): Promise<QueryResult> {
  const lesson = lessons.get(key);
  if (lesson === undefined) throw new Error(`nothing was learnt of ${key}`);
  const { url, requests, answers } = lesson;
  const connections = await open(url, clients);
  const latencies: number[] = [];
  let next = 0;
  const cpuMs = ownCpuMs();
  const startedMs = performance.now();
  const endMs = startedMs + durationMs;
  const ask = async (connection: HttpConnection): Promise<void> => {
    for (let askedMs = performance.now(); askedMs < endMs; askedMs = performance.now()) {
      const index = isUnique ? next++ % requests.length : 0;
      const { status, isExpected } = await connection.ask(
        requests[index] as Buffer,
        answers[index] as Buffer,
      );
      if (status !== 200 || !isExpected) throw new Error(`${key}: a wrong answer to request ${index}`);
      latencies.push(performance.now() - askedMs);
    }
  };
  try {
    await Promise.all(connections.map(ask));
    const elapsedMs = performance.now() - startedMs;
    return {
      latenciesMs: Float64Array.from(latencies),
      elapsedMs,
      generatorCpuMs: ownCpuMs() - cpuMs,
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

function requestOf(url: URL, headers: Readonly<Record<string, string>>, body: string): Buffer {
  const lines = Object.entries({
    host: url.host,
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

function open(url: URL, count: number): Promise<HttpConnection[]> {
  const port = Number.parseInt(url.port, 10);
  return Promise.all(Array.from({ length: count }, () => HttpConnection.open(port, url.hostname)));
}

async function inTurns(
  url: URL,
  width: number,
  requests: readonly Buffer[],
  work: (connection: HttpConnection, request: Buffer, index: number) => Promise<void>,
): Promise<void> {
  const connections = await open(url, width);
  let next = 0;
  const run = async (connection: HttpConnection): Promise<void> => {
    for (let index = next++; index < requests.length; index = next++)
      await work(connection, requests[index] as Buffer, index);
  };
  try {
    await Promise.all(connections.map(run));
  } finally {
    for (const connection of connections) connection.close();
  }
}

function hashOf(key: string, body: Buffer): string {
  const { data, errors } = JSON.parse(body.toString());
  if (errors !== undefined || !data) throw new Error(`${key}: ${body.toString().slice(0, 500)}`);
  return createHash('sha256').update(canonical(data)).digest('hex');
}

/** JSON with the names of each object in order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

serveCalls({ learn, answer, forget, load });
