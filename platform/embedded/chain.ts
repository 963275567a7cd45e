import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ChainBinary, findChainBinary } from './chainBinary.ts';
import { type ChainServer, type ChainSettings, ensureChainServer, stopChainServer } from './chainServer.ts';
import { addClaim, type Claim, listClaims, releaseClaim, withExclusiveClaim } from './claims.ts';
import { describeWriteFault, EmbeddedServerError } from './errors.ts';
import { loopback } from './ports.ts';
import { endProcess } from './processes.ts';
import type { Absence } from './redisBinary.ts';

export type ChainOptions = Partial<ChainSettings> & {
  /** Where the chain's state and log are kept; made when it is missing. */
  readonly folder: string;
  /** The port to use when it is free. Otherwise the one of the last run, otherwise any. */
  readonly port?: number;
  /** False (the default): FOLDER_IN_USE when another live process owns the folder. True: join its chain. */
  readonly shared?: boolean;
  /** How to run the node, or why there is none, instead of looking for it; for tests. */
  readonly binary?: ChainBinary | Absence;
};

export type EmbeddedChain = {
  /** JSON-RPC by HTTP. */
  readonly url: string;
  /** JSON-RPC by WebSocket, for `eth_subscribe`. */
  readonly webSocketUrl: string;
  readonly chainId: number;
  readonly port: number;
  readonly pid: number;
  /** How this call came by the chain: a new process, or one that ran already (an orphan, or a shared one). */
  readonly origin: 'started' | 'adopted';
  /** Shuts the chain down, which saves it, unless another process still uses it. Safe to repeat. */
  stop(): Promise<void>;
  /** Kills the chain without a shutdown: it goes on from the last block that was saved. For crash tests. */
  kill9(): Promise<void>;
};

const lockWaitMs = 60_000;

const defaultSettings: ChainSettings = {
  chainId: 31_337,
  blockTimeMs: 1_000,
  epochBlocks: 1,
  saveIntervalSeconds: 10,
};

/**
 * Starts the local EVM chain of a folder, or takes over the one that a killed run left behind: healthy and with the same
 * settings it is adopted, else it is stopped and started anew on the same blocks. It listens on the loopback address
 * only, and holds the ten well-known development keys, unlocked. Never deletes blocks. That there is no program for this
 * machine is a result (`absent` says why); every other fault throws EmbeddedServerError. Safe to retry.
 */
export async function startChain(options: ChainOptions): Promise<EmbeddedChain | Absence> {
  const binary = options.binary ?? findChainBinary();
  if ('absent' in binary) return binary;
  const settings = settingsOf(options);
  const folder = await makeFolder(options.folder);
  return await withExclusiveClaim(folder, 'lock', lockWaitMs, async () => {
    const others = await listClaims(folder, ['owner', 'guest']);
    const owner = others.find((claim) => claim.role === 'owner');
    if (owner !== undefined && options.shared !== true) {
      throw new EmbeddedServerError(
        'FOLDER_IN_USE',
        `Process ${owner.pid} is running on ${folder} already. Stop it first, or choose another folder.`,
      );
    }
    const server = await ensureChainServer({
      folder,
      binary,
      settings,
      preferredPort: options.port,
      isInUse: others.length > 0,
    });
    const claim = await addClaim(folder, options.shared === true ? 'guest' : 'owner');
    return describeChain(folder, server, settings.chainId, claim);
  });
}

function describeChain(folder: string, server: ChainServer, chainId: number, claim: Claim): EmbeddedChain {
  let stopped: Promise<void> | undefined;
  return {
    url: `http://${loopback}:${server.port}`,
    webSocketUrl: `ws://${loopback}:${server.port}`,
    chainId,
    port: server.port,
    pid: server.pid,
    origin: server.origin,
    stop: () => {
      stopped ??= leave(folder, claim);
      return stopped;
    },
    kill9: () => endProcess(server.pid, [{ signal: 'SIGKILL', waitMs: 5_000 }]),
  };
}

/** Gives up our claim; the last one out stops the chain. */
async function leave(folder: string, claim: Claim): Promise<void> {
  await withExclusiveClaim(folder, 'lock', lockWaitMs, async () => {
    await releaseClaim(claim);
    const others = await listClaims(folder, ['owner', 'guest']);
    if (others.length === 0) await stopChainServer(folder);
  });
}

function settingsOf(options: ChainOptions): ChainSettings {
  return {
    chainId: options.chainId ?? defaultSettings.chainId,
    blockTimeMs: options.blockTimeMs ?? defaultSettings.blockTimeMs,
    epochBlocks: options.epochBlocks ?? defaultSettings.epochBlocks,
    saveIntervalSeconds: options.saveIntervalSeconds ?? defaultSettings.saveIntervalSeconds,
  };
}

async function makeFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true });
    // The system reports a process's folder without symbolic links; ours must compare equal.
    return await realpath(path);
  } catch (error) {
    throw describeWriteFault(error, path);
  }
}
