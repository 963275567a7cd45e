import { join } from 'node:path';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import { placeKeyOf } from '../../rails/bank/externalAccounts/fingerprint.ts';
import type { SimulatorEndpoint } from '../../rails/bank/simulator/client.ts';
import type { Simulator } from '../../rails/bank/simulator/serveSimulator.ts';
import { startSimulator } from '../../rails/bank/simulator/startSimulator.ts';
import { type BankWork, startBankWork } from '../../rails/bank/work.ts';

/** The parts around payments, in this process, which a test may stop and start. */
export interface Parts {
  readonly bankDatabase: Database;
  startBank(): Promise<void>;
  stopBank(): Promise<void>;
  startSimulator(): Promise<void>;
  stopSimulator(): Promise<void>;
  closeParts(): Promise<void>;
}

const HOST = '127.0.0.1';
const POLL_MS = 500;

export async function createParts(options: {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly vault: KeyVault;
  readonly endpoint: SimulatorEndpoint;
  readonly bankPort: number;
  readonly simulatorPort: number;
  readonly readsStatements: boolean;
}): Promise<Parts> {
  const { databaseUrl, folder, vault, endpoint, bankPort, simulatorPort, readsStatements } = options;
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_bank', poolMax: 6 });
  const logger = createLogger({ level: 'silent', name: 'test' });
  let bank: BankWork | null = null;
  let simulator: Simulator | null = null;
  const parts: Parts = {
    bankDatabase: database,
    async startBank() {
      bank = await startBankWork({
        ...{ database, databaseUrl, vault, simulator: endpoint, host: HOST, port: bankPort },
        placeKey: placeKeyOf(endpoint.secret),
        ...{ pollMs: POLL_MS, logger, readsStatements },
      });
    },
    async stopBank() {
      await bank?.close();
      bank = null;
    },
    async startSimulator() {
      simulator = await startSimulator({
        ...{ host: HOST, port: simulatorPort, secret: endpoint.secret },
        journalPath: join(folder, 'simulator.journal'),
        callbackUrl: `http://${HOST}:${bankPort}/callbacks`,
        crash: () => undefined,
        onFault: () => undefined,
      });
    },
    async stopSimulator() {
      await simulator?.close();
      simulator = null;
    },
    async closeParts() {
      await Promise.all([parts.stopBank(), parts.stopSimulator()]);
      await database.close();
    },
  };
  return parts;
}
