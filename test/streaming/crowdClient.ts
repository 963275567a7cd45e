import { WebSocket } from 'ws';

/**
 * A process full of sockets, each with some subscriptions, that counts what comes and notes when. Raw frames and not
 * graphql-ws's client, so that taking messages in is not what takes the time.
 */
export interface CrowdJob {
  readonly url: string;
  readonly token: string;
  readonly sockets: number;
  readonly subscriptionsPerSocket: number;
  /** One for each subscription, by turns. */
  readonly payloads: readonly Readonly<Record<string, unknown>>[];
}

export type CrowdRequest =
  | { readonly kind: 'open'; readonly job: CrowdJob }
  /** Answered when `messages` have come since the last `expect`, or the last `open`. */
  | { readonly kind: 'expect'; readonly messages: number }
  | { readonly kind: 'cut' };

export type CrowdAnswer =
  | { readonly kind: 'opened' }
  | { readonly kind: 'arrived'; readonly firstAtMs: number; readonly lastAtMs: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'fault'; readonly fault: string };

const OPENING_MAX = 200;

let sockets: WebSocket[] = [];
let messages = 0;
let expected = Number.POSITIVE_INFINITY;
let firstAtMs = 0;
let onAllFirst: (() => void) | undefined;
let firstsLeft = 0;

function tell(answer: CrowdAnswer): void {
  process.send?.(answer);
}

function count(): void {
  const nowMs = performance.timeOrigin + performance.now();
  if (messages++ === 0) firstAtMs = nowMs;
  if (messages === expected) tell({ kind: 'arrived', firstAtMs, lastAtMs: nowMs });
}

function openOne(job: CrowdJob, number: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(job.url, 'graphql-transport-ws', { perMessageDeflate: false });
    sockets.push(socket);
    socket.on('error', reject);
    socket.on('open', () =>
      socket.send(
        JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${job.token}` } }),
      ),
    );
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.includes('"connection_ack"')) {
        resolve();
        for (let n = 0; n < job.subscriptionsPerSocket; n++) {
          const id = `${number}-${n}`;
          const payload = job.payloads[(number * job.subscriptionsPerSocket + n) % job.payloads.length];
          socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
        }
        return;
      }
      if (!text.includes('"next"')) return tell({ kind: 'fault', fault: text });
      if (firstsLeft === 0) return count();
      if (--firstsLeft === 0) onAllFirst?.();
    });
  });
}

async function open(job: CrowdJob): Promise<void> {
  firstsLeft = job.sockets * job.subscriptionsPerSocket;
  const all = new Promise<void>((resolve) => {
    onAllFirst = resolve;
  });
  for (let at = 0; at < job.sockets; at += OPENING_MAX) {
    const some = Array.from({ length: Math.min(OPENING_MAX, job.sockets - at) }, (_, n) => at + n);
    await Promise.all(some.map((number) => openOne(job, number)));
  }
  await all;
}

process.on('message', (request: CrowdRequest) => {
  if (request.kind === 'open') {
    open(request.job).then(
      () => tell({ kind: 'opened' }),
      (error) => tell({ kind: 'fault', fault: String(error) }),
    );
  } else if (request.kind === 'expect') {
    messages = 0;
    expected = request.messages;
  } else {
    for (const socket of sockets) socket.terminate();
    sockets = [];
    tell({ kind: 'cut' });
  }
});
