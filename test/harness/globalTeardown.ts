import { leaveServers } from './servers.ts';

/** Stops what the set-up started, unless another run still uses it. */
export default async function globalTeardown(): Promise<void> {
  await leaveServers();
}
