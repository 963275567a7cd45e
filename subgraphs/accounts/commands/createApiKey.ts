import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { formatId, newUuid } from '../../../platform/id.ts';
import { checkText, firstFault } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { hasScope, type Viewer } from '../../../platform/viewer.ts';
import type { Context } from '../context.ts';
import { hmacOf, makeSecretKey } from '../domain/apiKey.ts';
import { isScope, SCOPES } from '../domain/scopes.ts';
import { apiKeyCreated } from '../events.ts';
import type { CreateApiKeyInput } from '../generated/resolvers.ts';
import { insertApiKeys } from '../store/apiKeyWrites.ts';
import type { ApiKeyRow } from '../store/rows.ts';
import { type CreateApiKey, commandOf, submit } from './command.ts';

const KEY_NAME_LENGTH_MAX = 200;

export interface CreatedApiKey {
  readonly __typename: 'CreatedApiKey';
  readonly apiKey: ApiKeyRow;
  readonly secret: string;
}

/** Makes a key and shows it, this once. A retry makes another key: the secret of the first cannot be shown again. */
export async function createApiKey(
  context: Context,
  input: CreateApiKeyInput,
): Promise<CreatedApiKey | FailureView> {
  const { viewer, services } = context;
  const fault = firstFault(
    checkText('name', input.name, 1, KEY_NAME_LENGTH_MAX),
    checkScopes(input.scopes, viewer),
  );
  if (fault) return fault;
  const organization = await context.loaders.organization.load(viewer.organizationId);
  const { token, prefix } = makeSecretKey(present(organization, 'organization of the viewer').mode);
  const key = {
    id: newUuid(),
    organizationId: viewer.organizationId,
    name: input.name,
    prefix,
    secretHmac: hmacOf(token, services.keyPepper),
    scopes: [...new Set(input.scopes)],
  };
  await submit(context, { ...commandOf(context, 'createApiKey', {}), key });
  const apiKey = present(await context.loaders.apiKey.load(key.id), 'new API key');
  return { __typename: 'CreatedApiKey', apiKey, secret: token };
}

/** A key can be given what exists and what its maker has. */
function checkScopes(scopes: readonly string[], viewer: Viewer): FailureView | null {
  if (scopes.length === 0 || scopes.length > SCOPES.length) {
    return invalidInput('scopes', `${scopes.length} scopes`, `1 to ${SCOPES.length} scopes`);
  }
  for (const [index, scope] of scopes.entries()) {
    if (!isScope(scope)) return invalidInput(`scopes.${index}`, scope, `one of ${SCOPES.join(', ')}`);
    if (!hasScope(viewer, scope)) {
      return invalidInput(`scopes.${index}`, scope, 'a scope that the credentials of this request have');
    }
  }
  return null;
}

/** Decides a batch. The events of a key are told once, also when its COMMIT was not answered. */
export async function decideCreateApiKeys(
  tx: Tx,
  commands: readonly CreateApiKey[],
): Promise<readonly Outcome[]> {
  const inserted = await insertApiKeys(
    tx,
    commands.map((command) => command.key),
  );
  return commands.map(({ key }) => ({
    result: { type: 'ApiKey', id: formatId('key', key.id) },
    events: inserted.has(key.id) ? [apiKeyCreated(key)] : [],
  }));
}
