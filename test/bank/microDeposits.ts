import { formatId, newUuid } from '../../platform/id.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { sealDetails } from '../../rails/bank/externalAccounts/details.ts';
import {
  fingerprintOfPlace,
  hmacOfAmounts,
  placeKeyOf,
} from '../../rails/bank/externalAccounts/fingerprint.ts';
import { insertExternalAccounts } from '../../rails/bank/externalAccounts/insertExternalAccounts.ts';
import { sealAmounts } from '../../rails/bank/externalAccounts/microDeposits.ts';
import { SECRET, type Tenant, type World } from './world.ts';

const AMOUNTS = [32n, 45n] as const;

/** An external account that waits for its amounts, as the accounts subgraph makes it. */
export async function addPlace(world: World, { organizationId }: Tenant): Promise<string> {
  const uuid = newUuid();
  const key = placeKeyOf(SECRET);
  const vault = await openFileVault(world.settings.keyFile, 'refuse');
  const place = { type: 'US_BANK', accountNumber: '000123456789', bankCode: '021000021' } as const;
  const details = { accountNumber: place.accountNumber, ownerName: 'Ada Example', ownerAddress: null };
  const added = {
    ...{ id: uuid, organizationId, customerId: null, type: place.type, assets: ['USD'], network: null },
    ...({
      status: 'PENDING_VERIFICATION',
      verification: 'MICRO_DEPOSITS',
      attestation: null,
      version: 1,
    } as const),
    ...{
      bankCode: place.bankCode,
      maskedNumber: '****6789',
      maskedOwner: 'A',
      externalId: null,
      metadata: {},
    },
    sealed: await sealDetails(vault, uuid, details),
    fingerprint: fingerprintOfPlace(key, place),
    microSealed: await sealAmounts(vault, uuid, AMOUNTS),
    microHmac: hmacOfAmounts(key, uuid, AMOUNTS),
    microLifetimeMs: 86_400_000,
  };
  await world.fixture.books.write((tx) => insertExternalAccounts(tx, [added]));
  return formatId('xac', uuid);
}

export const SEND = `mutation ($input: SendMicroDepositsInput!) { result: sendMicroDeposits(input: $input) { __typename
  ... on MicroDeposits { status expectedBy externalAccount { id } source { id } }
  ... on InvalidInput { field } ... on Failure { code } } }`;
