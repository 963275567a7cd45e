import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { formatId, parseId } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../errors.ts';
import { apiKeyRevoked } from '../events.ts';
import type { RevokeApiKeyInput } from '../generated/resolvers.ts';
import { revokeApiKeys } from '../store/apiKeyWrites.ts';
import type { ApiKeyRow } from '../store/rows.ts';
import { commandOf, type RevokeApiKey, submit } from './command.ts';

/** Revokes a key, also the one that asks; one that is revoked already is answered as it is. Safe to retry. */
export async function revokeApiKey(
  context: Context,
  input: RevokeApiKeyInput,
): Promise<ApiKeyRow | FailureView> {
  const keyId = parseId('key', input.id);
  if (keyId === null) return notFound(input.id);
  const result = await submit(context, { ...commandOf(context, 'revokeApiKey', {}), keyId });
  return failureOf(result) ?? present(await context.loaders.apiKey.load(keyId), 'revoked API key');
}

/** Decides a batch; of two that revoke one key, the first has the event. */
export async function decideRevokeApiKeys(
  tx: Tx,
  commands: readonly RevokeApiKey[],
): Promise<readonly Outcome[]> {
  const keys = commands.map(({ keyId, organizationId }) => ({ id: keyId, organizationId }));
  const { ownerOf, revoked } = await revokeApiKeys(tx, keys);
  const told = new Set(revoked);
  return keys.map((key) => {
    const id = formatId('key', key.id);
    if (ownerOf.get(key.id) !== key.organizationId) return { result: { type: 'NotFound', id }, events: [] };
    return { result: { type: 'ApiKey', id }, events: told.delete(key.id) ? [apiKeyRevoked(key)] : [] };
  });
}
