import { type AssetCatalogue, loadAssets } from '../../ledger/assets.ts';
import { formatId, type Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { readCreateTransaction } from '../../subgraphs/payments/commands/createTransaction.ts';
import type { CreateCommand } from '../../subgraphs/payments/domain/command.ts';
import { type Fixture, openFixture } from '../payments/fixture.ts';
import { createRandom } from './random.ts';

/** Funded accounts, and payments between them for a lane that has a bug planted in it. */
export interface PlantedBooks {
  readonly url: string;
  readonly organizationId: Uuid;
  readonly assets: AssetCatalogue;
  /** What is in all accounts together. */
  readonly fundedMinor: bigint;
  readonly fixture: Fixture;
  /** A payment of `AMOUNT_MINOR` between two of the accounts, under a key of its own. */
  nextPayment(): CreateCommand;
  /** Runs `work` with a pool of two connections that may write payments and bear this name. */
  withWriter<T>(name: string, work: (writer: Database) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export const AMOUNT_MINOR = 100n;
const AMOUNT = '1.00';
const OPENING_MINOR = 1_000_000n;
const SEED = 20_260_101;
let serial = 0;

export async function openPlantedBooks(accounts: number): Promise<PlantedBooks> {
  const fixture = await openFixture();
  const organizationId = await fixture.addOrganization();
  const accountIds: Uuid[] = [];
  for (let index = 0; index < accounts; index++) {
    accountIds.push(await fixture.openAccount(organizationId, { amountMinor: OPENING_MINOR }));
  }
  const assets = await loadAssets(fixture.books);
  const random = createRandom(SEED);
  return {
    fixture,
    organizationId,
    assets,
    url: fixture.url,
    fundedMinor: OPENING_MINOR * BigInt(accounts),
    nextPayment() {
      serial++;
      const [source, destination] = random.shuffle(accountIds) as [Uuid, Uuid];
      const idempotencyKey = `planted-${serial}`;
      const command = readCreateTransaction(
        organizationId,
        {
          idempotencyKey,
          sourceId: formatId('acc', source),
          destinationId: formatId('acc', destination),
          amount: AMOUNT,
          asset: 'USD',
          metadata: [{ key: 'key', value: idempotencyKey }],
        },
        assets,
      );
      if (!('operation' in command)) throw new Error(command.message);
      if (!('destination' in command)) throw new Error('a send');
      return command;
    },
    async withWriter(applicationName, work) {
      const role = 'omsx_payments_writer';
      const writer = await openDatabase({ url: fixture.url, role, poolMax: 2, applicationName });
      try {
        return await work(writer);
      } finally {
        await writer.close();
      }
    },
    close: () => fixture.close(),
  };
}
