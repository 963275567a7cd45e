import { createHmac } from 'node:crypto';
import { fingerprintOf, type Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey, checkMetadata, firstFault, metadataObject } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { maskedName, maskedNumber, sealDetails } from '../../../rails/bank/externalAccounts/details.ts';
import type { ExternalAccountRow } from '../../../rails/bank/externalAccounts/externalAccount.ts';
import { fingerprintOfPlace, hmacOfAmounts } from '../../../rails/bank/externalAccounts/fingerprint.ts';
import {
  type Collision,
  findCollisions,
  insertExternalAccounts,
  type NewExternalAccount,
} from '../../../rails/bank/externalAccounts/insertExternalAccounts.ts';
import { MICRO_LIFETIME_MS, sealAmounts } from '../../../rails/bank/externalAccounts/microDeposits.ts';
import { type NamedPlace, parsePlace } from '../../../rails/bank/externalAccounts/place.ts';
import type { Context, Services } from '../context.ts';
import { assetsOf, checkDraft, type ExternalAccountDraft } from '../domain/externalAccount.ts';
import { failureOf } from '../errors.ts';
import { externalAccountCreated, externalAccountVerified } from '../events.ts';
import type { CreateExternalAccountInput } from '../generated/resolvers.ts';
import { askInstantVerifier } from './askInstantVerifier.ts';
import { type CreateExternalAccount, commandOf, submit } from './command.ts';

/**
 * Names a place outside. What is secret of it is sealed before the tx begins, and an instant verifier is asked after it has
 * ended: whoever dies in between leaves PENDING_VERIFICATION, and `verifyExternalAccount` asks again. Safe to retry with the
 * same key.
 */
export async function createExternalAccount(
  context: Context,
  input: CreateExternalAccountInput,
): Promise<ExternalAccountRow | FailureView> {
  const { viewer, services } = context;
  const draft = draftOf(input);
  const fault = firstFault(
    checkIdempotencyKey(input.idempotencyKey),
    checkMetadata(input.metadata),
    checkDraft(draft, (code) => services.assets.has(code)),
    input.verification === 'INSTANT' && services.instantVerifier === null
      ? invalidInput('verification', 'INSTANT', 'MICRO_DEPOSITS or ATTESTATION: no verifier is connected')
      : null,
  );
  if (fault) return fault;
  const { type, accountNumber, bankCode } = input;
  const place = parsePlace({ type, accountNumber, bankCode: bankCode ?? null });
  if ('expected' in place) {
    const given = place.field === 'accountNumber' ? maskedNumber(accountNumber) : bankCode;
    return invalidInput(place.field, given, place.expected);
  }
  const wanted = input.customerId ?? null;
  const customerId = wanted === null ? null : parseId('cus', wanted);
  if (wanted !== null && customerId === null) return notFound(wanted);
  const account = await newAccount(services, draft, place, {
    organizationId: viewer.organizationId,
    customerId,
    metadata: metadataObject(input.metadata),
  });
  // Not the bare hash of the input: it is kept, and numbers can be tried against it.
  const told = createHmac('sha256', services.placeKey).update(fingerprintOf(input)).digest('base64url');
  const { idempotencyKey } = input;
  const command = { ...commandOf(context, 'createExternalAccount', { idempotencyKey }), fingerprint: told };
  const result = await submit(context, { ...command, account });
  const failure = failureOf(result);
  if (failure) return failure;
  const id = present(parseId('xac', String(result.id)), 'id of the new external account');
  const made = present(await context.loaders.externalAccount.load(id), 'new external account');
  return await askInstantVerifier(context, made);
}

function draftOf(input: CreateExternalAccountInput): ExternalAccountDraft {
  const { type, ownerName, ownerAddress, verification } = input;
  return {
    type,
    ownerName,
    verification,
    network: input.network ?? null,
    assets: input.assets ?? null,
    ownerAddress: ownerAddress
      ? {
          line1: ownerAddress.line1,
          line2: ownerAddress.line2 ?? null,
          city: ownerAddress.city,
          region: ownerAddress.region ?? null,
          postalCode: ownerAddress.postalCode ?? null,
          country: ownerAddress.country,
        }
      : null,
    attestation: input.attestation ?? null,
    externalId: input.externalId ?? null,
  };
}

async function newAccount(
  { keyVault: vault, placeKey, microAmounts }: Services,
  draft: ExternalAccountDraft,
  place: NamedPlace,
  whose: Pick<NewExternalAccount, 'organizationId' | 'customerId' | 'metadata'>,
): Promise<NewExternalAccount> {
  const id = newUuid();
  const ownerName = draft.ownerName.trim();
  const details = { accountNumber: place.accountNumber, ownerName, ownerAddress: draft.ownerAddress };
  const amounts = draft.verification === 'MICRO_DEPOSITS' ? microAmounts(place.accountNumber) : null;
  return {
    ...whose,
    id,
    type: place.type,
    assets: assetsOf(draft),
    network: draft.network,
    status: draft.verification === 'ATTESTATION' ? 'VERIFIED' : 'PENDING_VERIFICATION',
    verification: draft.verification,
    attestation: draft.attestation,
    bankCode: place.bankCode,
    maskedNumber: maskedNumber(place.accountNumber),
    maskedOwner: maskedName(ownerName),
    sealed: await sealDetails(vault, id, details),
    fingerprint: fingerprintOfPlace(placeKey, place, draft.network),
    microSealed: amounts && (await sealAmounts(vault, id, amounts)),
    microHmac: amounts && hmacOfAmounts(placeKey, id, amounts),
    microLifetimeMs: amounts && MICRO_LIFETIME_MS,
    externalId: draft.externalId,
    version: draft.verification === 'ATTESTATION' ? 2 : 1,
  };
}

/** Decides a batch: who collides with nothing is inserted. One that is attested is verified from the start. */
export async function decideCreateExternalAccounts(
  tx: Tx,
  commands: readonly CreateExternalAccount[],
): Promise<readonly Outcome[]> {
  const accounts = commands.map((command) => command.account);
  const inserted = await insertExternalAccounts(tx, accounts);
  const collisions = await findCollisions(
    tx,
    accounts.filter((account) => !inserted.has(account.id)),
  );
  return accounts.map((account) => {
    const collision = collisions.get(account.id);
    if (collision !== undefined) return { result: refusalOf(account, collision), events: [] };
    const created = externalAccountCreated({ ...account, version: 1 });
    // Its own event, so that whoever waits for VERIFIED hears it; the row has this version from the start.
    const verified = externalAccountVerified(account);
    const events = account.status === 'VERIFIED' ? [created, verified] : [created];
    return { result: successOf(account.id), events };
  });
}

function successOf(id: Uuid) {
  return { type: 'ExternalAccount', id: formatId('xac', id) };
}

function refusalOf(account: NewExternalAccount, collision: Collision): Outcome['result'] {
  const { customerExists, samePlaceId, sameExternalId } = collision;
  // A try whose COMMIT was not answered has inserted it, and told so.
  if (samePlaceId === account.id) return successOf(account.id);
  if (!customerExists) {
    return { type: 'NotFound', id: formatId('cus', account.customerId ?? account.organizationId) };
  }
  if (samePlaceId !== null) {
    return { type: 'ExternalAccountExists', existingId: formatId('xac', samePlaceId) };
  }
  const existingId = formatId('xac', present(sameExternalId, 'what has the externalId'));
  return { type: 'ExternalIdTaken', externalId: account.externalId, existingId };
}
