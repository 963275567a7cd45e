import { type ChainBinary, findChainBinary } from './chainBinary.ts';
import { type ChainServer, type ChainSettings, ensureChainServer, stopChainServer } from './chainServer.ts';
import { withExclusiveClaim } from './claims.ts';
import { loopback } from './ports.ts';
import { endProcess } from './processes.ts';
import type { Absence } from './redisBinary.ts';
import { joinUsers, listUsers, makeServerFolder } from './serverFolder.ts';

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
  const folder = await makeServerFolder(options.folder);
  const isShared = options.shared === true;
  return await withExclusiveClaim(folder, 'lock', lockWaitMs, async () => {
    const others = await listUsers(folder, isShared);
    const server = await ensureChainServer({
      folder,
      binary,
      settings,
      preferredPort: options.port,
      isInUse: others.length > 0,
    });
    const stop = await joinUsers(folder, isShared, lockWaitMs, () => stopChainServer(folder));
    return describeChain(server, settings.chainId, stop);
  });
}

function describeChain(server: ChainServer, chainId: number, stop: () => Promise<void>): EmbeddedChain {
  return {
    url: `http://${loopback}:${server.port}`,
    webSocketUrl: `ws://${loopback}:${server.port}`,
    chainId,
    port: server.port,
    pid: server.pid,
    origin: server.origin,
    stop,
    kill9: () => endProcess(server.pid, [{ signal: 'SIGKILL', waitMs: 5_000 }]),
  };
}

function settingsOf(options: ChainOptions): ChainSettings {
  return {
    chainId: options.chainId ?? defaultSettings.chainId,
    blockTimeMs: options.blockTimeMs ?? defaultSettings.blockTimeMs,
    epochBlocks: options.epochBlocks ?? defaultSettings.epochBlocks,
    saveIntervalSeconds: options.saveIntervalSeconds ?? defaultSettings.saveIntervalSeconds,
  };
}
