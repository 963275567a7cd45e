import { newUuid } from '../../platform/id.ts';
import type { Logger } from '../../platform/log.ts';
import type { Database } from '../../platform/postgres.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import { type CallbackOptions, startCallbackServer } from '../bank/inbox/callbackServer.ts';
import type { SimulatorEndpoint } from '../bank/simulator/client.ts';
import { MalformedMessageError } from '../bank/simulator/eventJson.ts';
import { takeInCash } from './inbox/takeIn.ts';
import type { CashEvent } from './provider.ts';
import { createCashSimulatorClient } from './simulator/client.ts';
import { parseCashEvent } from './simulator/eventJson.ts';
import { startCashSubmitter } from './submit/submitter.ts';

export interface CashWorkOptions {
  /** Role omsx_cash. */
  readonly database: Database;
  /** For connections that listen. */
  readonly databaseUrl: string;
  readonly vault: KeyVault;
  readonly simulator: SimulatorEndpoint;
  /** Where callbacks are taken in. */
  readonly host: string;
  readonly port: number;
  /** Between two looks at the provider's list of events; 2 s when left out. */
  readonly pollMs?: number;
  readonly logger: Logger;
  /** Answers what is asked for at the port of callbacks besides. */
  readonly answerOther?: CallbackOptions['answerOther'];
}

export interface CashWork {
  /** Of the server that takes in callbacks. */
  readonly url: string;
  /** Resolves when what is under way is over. */
  close(): Promise<void>;
}

/** All that is done with one provider of counters: hand over codes and pickups, take in callbacks, read its list of events. */
export async function startCashWork(options: CashWorkOptions): Promise<CashWork> {
  const provider = createCashSimulatorClient(options.simulator);
  const { database, vault, logger, host, port } = options;
  const adapter = provider.code;
  const inbox = { database, vault, adapter };
  const server = await startCallbackServer<CashEvent>({
    host,
    port,
    secret: options.simulator.secret,
    parse: parseOrNull,
    take: (received) => takeInCash(inbox, received),
    logger,
    ...(options.answerOther === undefined ? {} : { answerOther: options.answerOther }),
  });
  const submitter = startCashSubmitter({ ...options, provider, adapter, holder: newUuid() });
  return {
    url: server.url,
    async close() {
      await Promise.all([server.close(), submitter.stop()]);
    },
  };
}

function parseOrNull(bytes: Uint8Array): CashEvent | null {
  try {
    return parseCashEvent(bytes);
  } catch (error) {
    if (error instanceof MalformedMessageError) return null;
    throw error;
  }
}
