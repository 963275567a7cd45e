import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatId } from '../platform/id.ts';
import { openDatabase } from '../platform/postgres.ts';
import { ensureSandboxOrganization, issueRootKey } from '../subgraphs/accounts/commands/bootstrap.ts';
import { ENTITIES } from '../subgraphs/accounts/store/entities.ts';
import { writePrivately } from './secrets.ts';

/** What a client needs to talk to this installation, as `.omsx/credentials.json` holds it. */
export interface Credentials {
  readonly graphql: string;
  readonly ws: string;
  readonly apiKey: string;
  readonly organizationId: string;
  /** JSON-RPC of the local chain, where there is one. */
  readonly chainUrl?: string;
}

const ORGANIZATION_NAME = 'Sandbox';

/**
 * Makes the sandbox organization if there is none, and the file with a key for it. A key that still stands in the
 * file is kept; when the file was lost or its key refused, a new key is issued, because a secret is stored nowhere.
 */
export async function provideCredentials(options: {
  readonly databaseUrl: string;
  readonly keyPepper: string;
  readonly folder: string;
  readonly graphqlUrl: string;
  readonly wsUrl: string;
  readonly chainUrl: string | undefined;
  readonly isValidKey: (key: string) => Promise<boolean>;
}): Promise<Credentials> {
  const { keyPepper: pepper, folder, graphqlUrl, wsUrl } = options;
  const path = join(folder, 'credentials.json');
  const database = await openDatabase({
    url: options.databaseUrl,
    role: 'omsx_accounts_writer',
    poolMax: 1,
    entities: ENTITIES,
  });
  try {
    const made = await ensureSandboxOrganization({ database, name: ORGANIZATION_NAME, pepper });
    const kept = await readKey(path);
    const isKept = made.apiKey === null && kept !== null && (await options.isValidKey(kept));
    const organization = { id: made.organizationId, mode: 'SANDBOX' } as const;
    const apiKey = isKept ? kept : (made.apiKey ?? (await issueRootKey({ database, organization, pepper })));
    const credentials: Credentials = {
      graphql: graphqlUrl,
      ws: wsUrl,
      apiKey,
      organizationId: formatId('org', made.organizationId),
      ...(options.chainUrl === undefined ? {} : { chainUrl: options.chainUrl }),
    };
    await writePrivately(path, credentials);
    return credentials;
  } finally {
    await database.close();
  }
}

async function readKey(path: string): Promise<string | null> {
  try {
    const { apiKey } = JSON.parse(await readFile(path, 'utf8')) as Partial<Credentials>;
    return typeof apiKey === 'string' ? apiKey : null;
  } catch {
    return null;
  }
}
