import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey, firstFault } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { hasScope, type Viewer } from '../../../platform/viewer.ts';
import type { Context } from '../context.ts';
import {
  CLIENT_SCOPES,
  CLIENT_TOKEN_SECONDS_MAX,
  CLIENT_TOKEN_SECONDS_MIN,
  isClientScope,
  signClientToken,
} from '../domain/clientToken.ts';
import { failureOf } from '../errors.ts';
import { clientTokenCreated } from '../events.ts';
import type { CreateClientTokenInput } from '../generated/resolvers.ts';
import { lockCustomers } from '../store/customerWrites.ts';
import { type CreateClientToken, commandOf, submit } from './command.ts';

export interface CreatedClientToken {
  readonly __typename: 'ClientToken';
  readonly token: string;
  readonly customerId: Uuid;
  readonly scopes: string[];
  readonly expiresAt: Date;
}

/**
 * Mints a token for one customer. Nothing secret is kept: with an idempotency key the claims are, and a retry signs them again,
 * which gives the same token, also when it has expired meanwhile.
 */
export async function createClientToken(
  context: Context,
  input: CreateClientTokenInput,
): Promise<CreatedClientToken | FailureView> {
  const { viewer, services } = context;
  const keyId = viewer.kind === 'KEY' ? parseId('key', viewer.subjectId) : null;
  const scopes = [...new Set(input.scopes)];
  const fault = firstFault(
    typeof input.idempotencyKey === 'string' ? checkIdempotencyKey(input.idempotencyKey) : null,
    checkLifetime(input.expiresInSeconds),
    checkScopes(scopes, viewer),
  );
  if (fault) return fault;
  const customerId = parseId('cus', input.customerId);
  if (customerId === null) return notFound(input.customerId);
  const issuedAtSeconds = Math.floor(Date.now() / 1_000);
  const { idempotencyKey } = input;
  const result = await submit(context, {
    ...commandOf(context, 'createClientToken', {
      ...input,
      ...(idempotencyKey == null ? { idempotencyKey: undefined } : { idempotencyKey }),
    }),
    tokenId: newUuid(),
    customerId,
    keyId: present(keyId, 'the secret key of the viewer'),
    scopes,
    issuedAtSeconds,
    expiresAtSeconds: issuedAtSeconds + input.expiresInSeconds,
  });
  const failure = failureOf(result);
  if (failure) return failure;
  // What was stored, not what was asked now: a retry comes later, and with the same answer.
  const expiresAtSeconds = Number(result.expiresAtSeconds);
  const claims = {
    id: String(result.tokenId) as Uuid,
    organizationId: viewer.organizationId,
    customerId,
    keyId: String(result.keyId) as Uuid,
    scopes,
    issuedAtSeconds: Number(result.issuedAtSeconds),
    expiresAtSeconds,
  };
  const token = await signClientToken(claims, services.keyPepper);
  return {
    __typename: 'ClientToken',
    token,
    customerId,
    scopes,
    expiresAt: new Date(expiresAtSeconds * 1_000),
  };
}

function checkLifetime(seconds: number): FailureView | null {
  return seconds >= CLIENT_TOKEN_SECONDS_MIN && seconds <= CLIENT_TOKEN_SECONDS_MAX
    ? null
    : invalidInput(
        'expiresInSeconds',
        seconds,
        `${CLIENT_TOKEN_SECONDS_MIN} to ${CLIENT_TOKEN_SECONDS_MAX} seconds`,
      );
}

/** A token can be given reads, and of these what its maker has. */
function checkScopes(scopes: readonly string[], viewer: Viewer): FailureView | null {
  if (scopes.length === 0) return invalidInput('scopes', '0 scopes', `some of ${CLIENT_SCOPES.join(', ')}`);
  for (const [index, scope] of scopes.entries()) {
    if (!isClientScope(scope)) {
      return invalidInput(`scopes.${index}`, scope, `one of ${CLIENT_SCOPES.join(', ')}`);
    }
    if (!hasScope(viewer, scope)) {
      return invalidInput(`scopes.${index}`, scope, 'a scope that the credentials of this request have');
    }
  }
  return null;
}

/** Decides a batch: the customer has to be the organization's own. The event is the record of who was let in, by which key. */
export async function decideCreateClientTokens(
  tx: Tx,
  commands: readonly CreateClientToken[],
): Promise<readonly Outcome[]> {
  const customers = await lockCustomers(tx, [...new Set(commands.map((command) => command.customerId))]);
  return commands.map((command) => {
    const { tokenId, customerId, organizationId, keyId, issuedAtSeconds, expiresAtSeconds } = command;
    if (customers.get(customerId)?.organizationId !== organizationId) {
      return { result: { type: 'NotFound', id: formatId('cus', customerId) }, events: [] };
    }
    return {
      result: { type: 'ClientToken', tokenId, keyId, issuedAtSeconds, expiresAtSeconds },
      events: [clientTokenCreated({ id: tokenId, organizationId, customerId, keyId })],
    };
  });
}
