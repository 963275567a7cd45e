import { newUuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { Accounts } from '../../subgraphs/accounts/main.ts';
import { type Json, run } from './world.ts';

export const ADDRESS = { line1: '12 Mulberry Passage', city: 'Kirkwall', postalCode: 'KW15', country: 'GB' };

/** All that BASIC requires of a person. */
export const DETAILS = {
  birthDate: '1975-12-10',
  nationality: 'GB',
  address: ADDRESS,
  identifyingNumbers: [{ type: 'PASSPORT', issuingCountry: 'GB', number: 'PX7731946' }],
  agreement: { version: '2026-01', signedAt: '2026-01-31T12:00:00Z' },
};

const CUSTOMER = `id displayName firstName lastName legalName email erasedAt externalId metadata { key value }
  details { phone birthDate nationality ipAddress address { line1 city country }
    identifyingNumbers { type issuingCountry number } agreement { version signedAt }
    business { registrationNumber } beneficialOwners { lastName ownershipPercent } }
  endorsements { name status basis requestedAt updatedAt reasons { code message internal field }
    requirements { complete pending missing issues } }`;

const RESULT = `__typename
  ... on Failure { code message retryable }
  ... on InvalidInput { field }
  ... on Customer { ${CUSTOMER} }`;

const NOT_POSSIBLE = '... on EndorsementNotPossible { name shown: status }';
const HAS_NOT_POSSIBLE: ReadonlySet<string> = new Set([
  'requestEndorsement',
  'attestEndorsement',
  'decideEndorsement',
]);

/** Runs a mutation that answers with a Customer, under a fresh key unless the input has one. */
export async function change(
  accounts: Accounts,
  viewer: Viewer,
  field: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Json> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const more = HAS_NOT_POSSIBLE.has(field) ? NOT_POSSIBLE : '';
  const data = await run(
    accounts,
    viewer,
    `mutation ($input: ${type}!) { ${field}(input: $input) { ${RESULT} ${more} } }`,
    { input: { idempotencyKey: newUuid(), ...input } },
  );
  return data[field];
}

export async function read(accounts: Accounts, viewer: Viewer, id: string): Promise<Json> {
  return (await run(accounts, viewer, `query ($id: ID!) { customer(id: $id) { ${CUSTOMER} } }`, { id }))
    .customer;
}

export async function setPolicy(
  accounts: Accounts,
  viewer: Viewer,
  policy: 'OFF' | 'ENFORCED',
): Promise<Json> {
  const data = await run(
    accounts,
    viewer,
    `mutation ($input: SetEndorsementPolicyInput!) { setEndorsementPolicy(input: $input) {
      __typename ... on Organization { endorsementPolicy } } }`,
    { input: { idempotencyKey: newUuid(), policy } },
  );
  return data.setEndorsementPolicy;
}

export function endorsementOf(customer: Json, name: string): Json {
  return customer.endorsements.find((endorsement: Json) => endorsement.name === name);
}

const WAIT_MS = 15_000;
const PAUSE_MS = 50;

/** Waits until something is so. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it has not come to be so');
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Waits until an endorsement is in a status. */
export async function settled(
  accounts: Accounts,
  viewer: Viewer,
  id: string,
  name: string,
  status: string,
): Promise<Json> {
  let endorsement: Json;
  await eventually(async () => {
    endorsement = endorsementOf(await read(accounts, viewer, id), name);
    return endorsement.status === status;
  }).catch(() => {
    throw new Error(`${name} is ${endorsement.status}, not ${status}`);
  });
  return endorsement;
}
