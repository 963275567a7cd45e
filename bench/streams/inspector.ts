import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** A profile under way in another process. */
export interface Profiling {
  /** Ends it. Gives the profile as DevTools reads it. */
  stop(): Promise<unknown>;
}

const SAMPLE_EVERY_US = 500;
const POLL_MS = 20;
const ATTACH_WAIT_MS = 10_000;

/**
 * Profiles a Node process from outside, which `--cpu-prof` cannot do for one that is started through NODE_OPTIONS.
 *
 * @param port that the process was told by `--inspect-port`
 * @throws when it does not open its inspector in time
 */
export async function startProfiling(pid: number, port: number): Promise<Profiling> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await inspectorOf(port));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let calls = 0;
  const call = (method: string, params: object = {}): Promise<unknown> => {
    const id = ++calls;
    return new Promise((resolve) => {
      const take = (data: Buffer): void => {
        const answer = JSON.parse(data.toString()) as { readonly id?: number; readonly result?: unknown };
        if (answer.id !== id) return;
        socket.off('message', take);
        resolve(answer.result);
      };
      socket.on('message', take);
      socket.send(JSON.stringify({ id, method, params }));
    });
  };
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
  await call('Profiler.start');
  return {
    async stop() {
      const { profile } = (await call('Profiler.stop')) as { readonly profile: unknown };
      socket.close();
      return profile;
    },
  };
}

async function inspectorOf(port: number): Promise<string> {
  const deadlineMs = performance.now() + ATTACH_WAIT_MS;
  for (;;) {
    try {
      const list = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      const url = (list as readonly { readonly webSocketDebuggerUrl: string }[])[0]?.webSocketDebuggerUrl;
      if (url !== undefined) return url;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await sleep(POLL_MS);
  }
}
