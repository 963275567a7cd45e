import type { Omsx } from './omsx.ts';

const PLACE = `mutation ($input: CreateExternalAccountInput!) { result: createExternalAccount(input: $input) {
  ... on ExternalAccount { id } ... on Failure { code message } } }`;

/** A bank account outside that the organization vouches for; in earnest, let its owner prove it (INSTANT, MICRO_DEPOSITS). */
export async function addPlace(omsx: Omsx, input: Readonly<Record<string, string>>): Promise<string> {
  const vouched = { verification: 'ATTESTATION', attestation: 'signed mandate on file' };
  const idempotencyKey = omsx.key(`place ${input.accountNumber}`);
  return (await omsx.ask(PLACE, { input: { idempotencyKey, ...vouched, ...input } })).id;
}
