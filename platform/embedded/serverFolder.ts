import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addClaim, type Claim, listClaims, releaseClaim, withExclusiveClaim } from './claims.ts';
import { describeWriteFault, EmbeddedServerError } from './errors.ts';

const roles = ['owner', 'guest'] as const;

/** Makes a server's folder. Throws what describeWriteFault makes of a fault. Safe to repeat. */
export async function makeServerFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true });
    // The system reports a process's folder without symbolic links; ours must compare equal.
    return await realpath(path);
  } catch (error) {
    throw describeWriteFault(error, path);
  }
}

/**
 * Live processes that use the server of this folder. Throws FOLDER_IN_USE when one owns it that we do not share it with.
 * To be called under the folder's lock.
 */
export async function listUsers(folder: string, isShared: boolean): Promise<readonly Claim[]> {
  const users = await listClaims(folder, roles);
  const owner = users.find((claim) => claim.role === 'owner');
  if (owner === undefined || isShared) return users;
  throw new EmbeddedServerError(
    'FOLDER_IN_USE',
    `Process ${owner.pid} is running on ${folder} already. Stop it first, or choose another folder.`,
  );
}

/**
 * Counts this process among the users of the folder's server. Gives what ends that: the last one out stops the server.
 * Safe to call more than once. To be called under the folder's lock, which leaving takes for `lockWaitMs` at most.
 */
export async function joinUsers(
  folder: string,
  isShared: boolean,
  lockWaitMs: number,
  stopServer: () => Promise<void>,
): Promise<() => Promise<void>> {
  const claim = await addClaim(folder, isShared ? 'guest' : 'owner');
  const leave = (): Promise<void> =>
    withExclusiveClaim(folder, 'lock', lockWaitMs, async () => {
      await releaseClaim(claim);
      const others = await listClaims(folder, roles);
      if (others.length === 0) await stopServer();
    });
  let left: Promise<void> | undefined;
  return () => {
    left ??= leave();
    return left;
  };
}
