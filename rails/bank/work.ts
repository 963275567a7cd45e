import { newUuid } from '../../platform/id.ts';
import type { Logger } from '../../platform/log.ts';
import type { Database } from '../../platform/postgres.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import type { ScreeningProvider } from '../screening/provider.ts';
import { screeningOfMode } from '../screening/screeningOfMode.ts';
import { type CallbackOptions, startCallbackServer } from './inbox/callbackServer.ts';
import { takeIn } from './inbox/takeIn.ts';
import { BankMeters } from './metrics/bankMeters.ts';
import type { BankEvent } from './provider.ts';
import { createSimulatorClient, type SimulatorEndpoint } from './simulator/client.ts';
import { MalformedMessageError, parseEvent } from './simulator/eventJson.ts';
import { startSubmitter } from './submit/submitter.ts';

export interface BankWorkOptions {
  /** Role omsx_bank. */
  readonly database: Database;
  /** For connections that listen. */
  readonly databaseUrl: string;
  readonly vault: KeyVault;
  /** Of `placeKeyOf`, by which virtual accounts are recognised. */
  readonly placeKey: Buffer;
  readonly simulator: SimulatorEndpoint;
  /** Where callbacks are taken in. */
  readonly host: string;
  readonly port: number;
  /** Between two looks at the provider's list of events; 2 s when left out. */
  readonly pollMs?: number;
  /** Whether the provider's statements are read as well; true when left out. */
  readonly readsStatements?: boolean;
  /** Counts what is done. */
  readonly meters?: BankMeters;
  /** Answers what is asked for at the port of callbacks besides. */
  readonly answerOther?: CallbackOptions['answerOther'];
  readonly logger: Logger;
  /** Who says whom money may come from; the sandbox's own list where it is left out. */
  readonly screening?: ScreeningProvider;
}

export interface BankWork {
  /** Of the server that takes in callbacks. */
  readonly url: string;
  /** Resolves when what is under way is over. */
  close(): Promise<void>;
}

/** All that is done with one provider: hand over orders, take in callbacks, read its list of events. */
export async function startBankWork(options: BankWorkOptions): Promise<BankWork> {
  const { database, vault, placeKey, logger, host, port, meters = new BankMeters(), answerOther } = options;
  const { listLines: _, ...withoutStatements } = createSimulatorClient(options.simulator);
  const { readsStatements = true } = options;
  const client = readsStatements ? createSimulatorClient(options.simulator) : withoutStatements;
  const provider = meters.counting(client);
  const adapter = provider.code;
  const screener = { provider: options.screening ?? screeningOfMode('sandbox'), logger };
  const inbox = { database, vault, placeKey, adapter, screener };
  const server = await startCallbackServer({
    host,
    port,
    secret: options.simulator.secret,
    parse: parseOrNull,
    take: (received) => takeIn(inbox, received),
    onCallback: (status) => meters.callback(status),
    ...(answerOther === undefined ? {} : { answerOther }),
    logger,
  });
  const submitter = startSubmitter({ ...options, ...inbox, provider, holder: newUuid() });
  return {
    url: server.url,
    async close() {
      await Promise.all([server.close(), submitter.stop()]);
    },
  };
}

function parseOrNull(bytes: Uint8Array): BankEvent | null {
  try {
    return parseEvent(bytes);
  } catch (error) {
    if (error instanceof MalformedMessageError) return null;
    throw error;
  }
}
