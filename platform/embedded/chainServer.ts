import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainBinary } from './chainBinary.ts';
import { type ChainRecord, readChainRecord, writeChainRecord } from './chainRecord.ts';
import { askChain, findChainId } from './chainRpc.ts';
import { EmbeddedServerError } from './errors.ts';
import { launchServer } from './launch.ts';
import { choosePort, loopback } from './ports.ts';
import { endProcess, isWorkingIn, type ShutdownStep } from './processes.ts';

export type ChainSettings = {
  /** Fixed for the life of a folder: the blocks in it are of this chain. */
  readonly chainId: number;
  /** Time between blocks; below a second, several blocks have the same timestamp. */
  readonly blockTimeMs: number;
  /** How many blocks `safe` is behind `latest`; `finalized` is twice as many behind. */
  readonly epochBlocks: number;
  /** How often the chain is written to disk: what a kill of the server itself can lose. A shutdown loses nothing. */
  readonly saveIntervalSeconds: number;
};

export type ChainServer = {
  readonly pid: number;
  readonly port: number;
  readonly origin: 'started' | 'adopted';
};

export type ChainRequest = {
  readonly folder: string;
  readonly binary: ChainBinary;
  readonly settings: ChainSettings;
  readonly preferredPort: number | undefined;
  /** Another live process works with the chain of this folder, so a healthy one must not be restarted. */
  readonly isInUse: boolean;
};

/** A day of blocks (about 150 MB of state) takes seconds to load. */
const readyTimeoutMs = 60_000;
const readyPollMs = 10;
const launchAttemptsMax = 5;
/** States of past blocks that can be read, besides the few in memory: re-orgs and the finalized block need them. */
const pastStatesMax = 128;

const shutdownSteps: readonly ShutdownStep[] = [
  // Writes the state, a second for each 100 MB, in place: cut off half way, the chain could not be started again.
  { signal: 'SIGTERM', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/** Adopts the healthy chain of this folder, or starts one. */
export async function ensureChainServer(request: ChainRequest): Promise<ChainServer> {
  const { folder, settings } = request;
  const record = await readChainRecord(folder);
  const hasBlocks = await exists(stateFile(folder));
  if (record !== undefined && hasBlocks && record.chainId !== settings.chainId) {
    throw new EmbeddedServerError(
      'START_FAILED',
      `${folder} holds chain ${record.chainId}, not ${settings.chainId}. Choose another folder for another chain.`,
    );
  }
  if (record !== undefined && (await isWorkingIn(record.pid, folder))) {
    const isWanted = request.isInUse || record.settings === JSON.stringify(settings);
    if (isWanted && (await findChainId(record.port)) === settings.chainId) {
      return { pid: record.pid, port: record.port, origin: 'adopted' };
    }
    await endProcess(record.pid, shutdownSteps);
  }
  const launched = await launch(request, record?.port);
  if (hasBlocks) await makeFinalizedReadable(launched.port, settings);
  return { pid: launched.pid, port: launched.port, origin: 'started' };
}

/** Stops the chain of this folder, if one runs. Safe to repeat. */
export async function stopChainServer(folder: string): Promise<void> {
  const record = await readChainRecord(folder);
  if (record !== undefined && (await isWorkingIn(record.pid, folder)))
    await endProcess(record.pid, shutdownSteps);
}

async function launch(request: ChainRequest, lastPort: number | undefined): Promise<ChainRecord> {
  const { folder } = request;
  let complaint = '';
  for (let attempt = 1; attempt <= launchAttemptsMax; attempt += 1) {
    const port = await choosePort([request.preferredPort, lastPort]);
    const outcome = await launchOnce(request, port);
    if (typeof outcome !== 'string') return outcome;
    complaint = outcome;
    // Another program took the port between our look and the start: look again.
    if (!/address already in use/i.test(complaint)) break;
  }
  if (/failed to parse json file/.test(complaint)) {
    throw new EmbeddedServerError(
      'DATA_DAMAGED',
      `The chain in ${stateFile(folder)} cannot be read, probably because its server was killed while it wrote. ` +
        `Move that file away to begin a new chain. (${complaint})`,
    );
  }
  throw new EmbeddedServerError('START_FAILED', `The local chain did not start in ${folder}: ${complaint}`);
}

/** One attempt: the running server, or what it said before it ended. */
async function launchOnce(request: ChainRequest, port: number): Promise<ChainRecord | string> {
  const { folder, binary, settings } = request;
  const { chainId } = settings;
  // States of past blocks in files that only the process that wrote them can use.
  await rm(pastStatesFolder(folder), { recursive: true, force: true });
  await rm(listeningFile(folder), { force: true });
  const recordOf = (pid: number): ChainRecord => ({ pid, port, chainId, settings: JSON.stringify(settings) });
  const outcome = await launchServer({
    program: binary.program,
    args: argumentsOf(folder, settings, port),
    folder,
    // It keeps files in its home unless told otherwise, and takes its address from ANVIL_IP_ADDR.
    environment: { HOME: folder },
    logFile: join(folder, 'chain.log'),
    remember: (pid) => writeChainRecord(folder, recordOf(pid)),
    // The file says that the answer is from our process, and not from one that took the port before it.
    isReady: async () => (await exists(listeningFile(folder))) && (await findChainId(port)) === chainId,
    readyTimeoutMs,
    readyPollMs,
    shutdownSteps,
  });
  return typeof outcome === 'string' ? outcome : recordOf(outcome);
}

function argumentsOf(folder: string, settings: ChainSettings, port: number): readonly string[] {
  return [
    ...['--host', loopback, '--port', String(port), '--chain-id', String(settings.chainId)],
    ...['--block-time', String(settings.blockTimeMs / 1_000)],
    ...['--slots-in-an-epoch', String(settings.epochBlocks)],
    ...['--state', stateFile(folder), '--state-interval', String(settings.saveIntervalSeconds)],
    ...['--cache-path', pastStatesFolder(folder), '--max-persisted-states', String(pastStatesMax)],
    ...['--config-out', listeningFile(folder)],
    // A page in a browser of this machine must not spend what the unlocked keys hold.
    '--no-cors',
    // It would log each call, and the development keys.
    '--quiet',
  ];
}

/**
 * Past states are not in the file, so that after a start nothing could be read at `finalized` until as many blocks have
 * passed as it lags behind. They are mined at once.
 */
async function makeFinalizedReadable(port: number, settings: ChainSettings): Promise<void> {
  for (let block = 0; block <= 2 * settings.epochBlocks; block += 1) await askChain(port, 'evm_mine');
}

function stateFile(folder: string): string {
  return join(folder, 'state.json');
}

/** The server writes it once it has its port. */
function listeningFile(folder: string): string {
  return join(folder, 'listening.json');
}

function pastStatesFolder(folder: string): string {
  return join(folder, 'states');
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
