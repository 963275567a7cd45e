import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMigrations } from '../../../migrations/run.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { projectRoot } from '../../../platform/paths.ts';
import { createTenant } from '../../../test/crash/tenant.ts';
import { startWorker } from '../../load/worker.ts';
import type { Signing } from '../../signedApi.ts';
import { Stops } from '../../stops.ts';
import { DIFFERENT_REQUESTS, type Subject, type SubjectQuery } from '../subject.ts';
import { openAccounts } from './accounts.ts';
import { PLATFORM_SUBGRAPHS, type PlatformUrls } from './main.ts';

const HERE = join(projectRoot, 'bench', 'router', 'platform');

/** Our own subgraphs over HTTP, on a Postgres of their own with accounts that have something to show. */
export async function startPlatformSubject(folder: string): Promise<Subject> {
  const stops = new Stops();
  try {
    const postgres = await startPostgres({ folder: join(folder, 'postgres') });
    stops.add(postgres.stop);
    await runMigrations(postgres.url);
    const secret = randomBytes(32).toString('hex');
    const { organizationId, apiKey } = await createTenant(postgres.url, secret);
    const environment = {
      OMSX_FOLDER: join(folder, 'state'),
      DATABASE_URL: postgres.url,
      OMSX_VIEWER_SECRET: secret,
      OMSX_KEY_PEPPER: secret,
      OMSX_LOG_LEVEL: 'warn',
    };
    const worker = await startWorker(join(HERE, 'main.ts'), join(folder, 'platform.log'));
    stops.add(worker.stop);
    const { urls, frontUrls } = await worker.call<{ urls: PlatformUrls; frontUrls: PlatformUrls }>(
      'start',
      environment,
    );
    const viewer = { organizationId, kind: 'KEY', subjectId: 'bench', scopes: ['*'] } as const;
    const signing: Signing = { viewer, secret };
    const accountIds = await openAccounts(urls, signing, DIFFERENT_REQUESTS);
    const query = await readFile(join(HERE, 'small.graphql'), 'utf8');
    const bodies = accountIds.map((id) => JSON.stringify({ query, variables: { id } }));
    const smallQuery = (name: string, how: string, isKept: boolean): SubjectQuery => ({
      name,
      description: `an account with its balance, its wallet and its last transactions, from three subgraphs ${how}`,
      bodies,
      prepare: () => worker.call('keep', isKept),
    });
    return {
      name: 'platform',
      supergraphFile: await writeSupergraph(folder, frontUrls),
      queries: [
        smallQuery('small', 'whose answers are kept', true),
        smallQuery('small, on Postgres', 'that ask Postgres each time', false),
      ],
      headers: { authorization: `Bearer ${apiKey}` },
      signing,
      routerEnvironment: { ...environment, ...subgraphVariables(frontUrls) },
      loadPids: [worker.pid, postgres.pid],
      countRequests: () => worker.call<number>('count'),
      stop: () => stops.run(),
    };
  } catch (error) {
    await stops.run().catch(() => undefined);
    throw error;
  }
}

/** The committed supergraph, with the URLs that the subgraphs answer at here. */
async function writeSupergraph(folder: string, urls: PlatformUrls): Promise<string> {
  let sdl = await readFile(join(projectRoot, 'schema', 'supergraph.graphql'), 'utf8');
  for (const name of PLATFORM_SUBGRAPHS) {
    sdl = sdl.replaceAll(`"http://${name}.omsx.internal/graphql"`, JSON.stringify(urls[name]));
  }
  const file = join(folder, 'platform.graphql');
  await writeFile(file, sdl);
  return file;
}

function subgraphVariables(urls: PlatformUrls) {
  return Object.fromEntries(
    PLATFORM_SUBGRAPHS.map((name) => [`OMSX_SUBGRAPH_${name.toUpperCase()}_URL`, urls[name]]),
  );
}
