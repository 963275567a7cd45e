import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';
import type { CrowdAnswer, CrowdJob, CrowdRequest } from './crowdClient.ts';

/** Thousands of clients in a process of their own. */
export interface Crowd {
  /** Resolves when each subscription has its first message. */
  open(job: CrowdJob): Promise<void>;
  /** Call before what causes the messages. Resolves with when the first and the last of `messages` came. */
  expect(messages: number): Promise<{ readonly firstAtMs: number; readonly lastAtMs: number }>;
  /** Breaks all connections off. */
  cut(): Promise<void>;
  stop(): void;
}

export function startCrowd(): Crowd {
  const child: ChildProcess = fork(join(projectRoot, 'test', 'streaming', 'crowdClient.ts'), [], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ask = (request: CrowdRequest): void => void child.send(request);
  function answer<Kind extends CrowdAnswer['kind']>(kind: Kind): Promise<CrowdAnswer & { kind: Kind }> {
    return new Promise((resolve, reject) => {
      const listener = (told: CrowdAnswer): void => {
        if (told.kind === 'fault') reject(new Error(told.fault));
        if (told.kind !== kind) return;
        child.off('message', listener);
        resolve(told as CrowdAnswer & { kind: Kind });
      };
      child.on('message', listener);
    });
  }
  return {
    async open(job) {
      const opened = answer('opened');
      ask({ kind: 'open', job });
      await opened;
    },
    expect(messages) {
      const arrived = answer('arrived');
      ask({ kind: 'expect', messages });
      return arrived;
    },
    async cut() {
      const done = answer('cut');
      ask({ kind: 'cut' });
      await done;
    },
    stop: () => void child.kill(),
  };
}
