import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import {
  lockExternalAccounts,
  updateExternalAccounts,
} from '../../rails/bank/externalAccounts/changeExternalAccounts.ts';
import { maskedName, maskedNumber, sealDetails } from '../../rails/bank/externalAccounts/details.ts';
import {
  type ExternalAccountStatus,
  type ExternalAccountType,
  REACHED_BY,
} from '../../rails/bank/externalAccounts/externalAccount.ts';
import { insertExternalAccounts } from '../../rails/bank/externalAccounts/insertExternalAccounts.ts';
import type { Tenant, World } from './world.ts';

/** An external account as a test names it; an account of Ada's in the United States when nothing is said. */
export interface PlaceOptions {
  readonly type?: ExternalAccountType;
  readonly accountNumber?: string;
  readonly bankCode?: string | null;
  readonly customerId?: Uuid;
  readonly status?: ExternalAccountStatus;
  readonly network?: string;
  readonly assets?: readonly string[];
}

export const OWNER = 'Ada Example';

/** Where places are made, and what they are sealed with. */
interface Ground {
  readonly fixture: Pick<World['fixture'], 'books'>;
  readonly settings: Pick<World['settings'], 'databaseUrl' | 'keyFile'>;
}

/** Makes an external account as the accounts subgraph would. Answers its public id. */
export async function addPlace(
  { fixture, settings }: Ground,
  { organizationId }: Pick<Tenant, 'organizationId'>,
  options: PlaceOptions = {},
): Promise<string> {
  const { type = 'US_BANK', accountNumber = '000123456789', bankCode = '021000021' } = options;
  const { customerId = null, status = 'VERIFIED', network = null } = options;
  const id = newUuid();
  const vault = await openFileVault(settings.keyFile, 'refuse');
  const sealed = await sealDetails(vault, id, { accountNumber, ownerName: OWNER, ownerAddress: null });
  const made = await fixture.books.write((tx) =>
    insertExternalAccounts(tx, [
      {
        ...{ id, organizationId, customerId, type, network, status, bankCode, sealed, version: 1 },
        assets: options.assets ?? [REACHED_BY[type].asset ?? 'USDC'],
        ...{ verification: 'ATTESTATION', attestation: 'a test', fingerprint: Buffer.from(id) },
        ...{ maskedNumber: maskedNumber(accountNumber), maskedOwner: maskedName(OWNER) },
        ...{ microSealed: null, microHmac: null, microLifetimeMs: null, externalId: null, metadata: {} },
      },
    ]),
  );
  expect(made.size).toBe(1);
  return formatId('xac', id);
}

/** Closes it, or whatever else is to become of it, as the accounts subgraph would: under the row's lock. */
export async function setPlaceStatus(
  { settings }: Pick<Ground, 'settings'>,
  uuid: Uuid,
  status: ExternalAccountStatus,
): Promise<void> {
  const writer = await openDatabase({ url: settings.databaseUrl, role: 'omsx_accounts_writer', poolMax: 1 });
  await writer.write(async (tx) => {
    const row = (await lockExternalAccounts(tx, [uuid])).get(uuid);
    if (row === undefined) throw new Error('there is no such place');
    await updateExternalAccounts(tx, [{ ...row, status, version: row.version + 1 }]);
  });
  await writer.close();
}
