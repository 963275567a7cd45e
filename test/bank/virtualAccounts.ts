import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { fingerprintOfPlace, placeKeyOf } from '../../rails/bank/externalAccounts/fingerprint.ts';
import { sandboxDetails } from '../../rails/bank/virtualAccounts/issuer.ts';
import type { VirtualAccountStatus } from '../../rails/bank/virtualAccounts/virtualAccount.ts';
import {
  insertVirtualAccounts,
  lockVirtualAccounts,
  updateVirtualAccounts,
} from '../../rails/bank/virtualAccounts/writeVirtualAccounts.ts';
import { SECRET, type Tenant, type World } from './world.ts';

let serialLast = 0n;

/** Details that are given out for an Account, as the accounts subgraph does it. */
export async function giveDetails(
  { fixture }: Pick<World, 'fixture'>,
  { organizationId, accountId }: Pick<Tenant, 'organizationId' | 'accountId'>,
  options: {
    readonly customerId?: Uuid;
    /** Where it is converted as it is credited. */
    readonly convertsTo?: string;
    readonly fee?: { readonly accountId: Uuid; readonly partsPerMillion: bigint };
  } = {},
): Promise<Uuid> {
  const id = newUuid();
  serialLast += 1n;
  const details = sandboxDetails('US_BANK', serialLast);
  const fingerprint = fingerprintOfPlace(placeKeyOf(SECRET), { type: 'US_BANK', ...details });
  const { customerId = null, convertsTo = null, fee } = options;
  const about = { customerId, accountId, byWallet: false, asset: 'USD', convertsTo };
  const earned = { feeAccountId: fee?.accountId ?? null, feePartsPerMillion: fee?.partsPerMillion ?? null };
  await fixture.books.write((tx) =>
    insertVirtualAccounts(tx, [
      {
        ...{ id, organizationId, type: 'US_BANK', issuer: 'SANDBOX', externalId: null, metadata: {} },
        ...about,
        ...earned,
        ...details,
        fingerprint,
      },
    ]),
  );
  return id;
}

/** Pauses, resumes or closes them, as the accounts subgraph does it. */
export async function setStatus(world: World, id: Uuid, status: VirtualAccountStatus): Promise<void> {
  await world.fixture.books.write(async (tx) => {
    const rows = [...(await lockVirtualAccounts(tx, [id])).values()];
    await updateVirtualAccounts(
      tx,
      rows.map((row) => ({ ...row, status, version: row.version + 1 })),
    );
  });
}

export const vac = (id: Uuid): string => formatId('vac', id);
