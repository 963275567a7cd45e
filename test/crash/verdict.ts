import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseCursor } from '../../platform/cursor.ts';
import { projectRoot } from '../../platform/paths.ts';
import { createApi } from './api.ts';
import type { Books } from './books.ts';
import { type BooksFault, checkAcknowledged } from './checkAcknowledged.ts';
import { checkDeliveries } from './checkDeliveries.ts';
import { machineEnvironment } from './child.ts';
import type { Cluster } from './cluster.ts';
import { asSuperuser, readBalances, readFacts, readSteps } from './facts.ts';
import type { Journal } from './journal.ts';
import type { Subscriber } from './subscribers.ts';
import type { Tenant } from './tenant.ts';
import type { Watching } from './watching.ts';

/** What the test asks once all is quiet: the payers' journal, the subscribers and the API against the database. */
const FAULTS_SHOWN_MAX = 20;

export async function checkBooks(
  cluster: Cluster,
  tenant: Tenant,
  journal: Journal,
  books: Books,
): Promise<readonly BooksFault[]> {
  const facts = await readFacts(cluster.databaseUrl, tenant.organizationId);
  return checkAcknowledged(journal.acknowledged, facts, books.fundedMinor).slice(0, FAULTS_SHOWN_MAX);
}

/** Faults of all subscribers, each with the subscriber's name. */
export async function checkStreams(
  cluster: Cluster,
  tenant: Tenant,
  watching: Watching,
): Promise<readonly string[]> {
  return await asSuperuser(cluster.databaseUrl, async (client) => {
    const faults: string[] = [];
    for (const subscriber of watching.subscribers) {
      const read = watching.isOfBalances(subscriber) ? readBalances : readSteps;
      const committed = await read(client, watchedBy(tenant, watching, subscriber));
      const found = checkDeliveries(committed, subscriber.received);
      if (committed.length === 0) faults.push(`${subscriber.name}: there was nothing to see`);
      faults.push(...found.map((fault) => `${subscriber.name}: ${fault.kind}: ${fault.detail}`));
    }
    return faults.slice(0, FAULTS_SHOWN_MAX);
  });
}

function watchedBy(tenant: Tenant, watching: Watching, subscriber: Subscriber) {
  const after = parseCursor(subscriber.firstCursor());
  if (after === null)
    throw new Error(`${subscriber.name} began at ${subscriber.firstCursor()}, which is no cursor`);
  return { organizationId: tenant.organizationId, subject: watching.subjectOf(subscriber), after };
}

/** What is still under way: Transactions to be decided, Holds that ran out, subscribers that are behind. */
export async function listUnsettled(
  cluster: Cluster,
  tenant: Tenant,
  watching: Watching,
): Promise<readonly string[]> {
  return await asSuperuser(cluster.databaseUrl, async (client) => {
    const open = await client.query<{ count: string }>(
      `select count(*) from payments.transaction
        where status = 'PROCESSING'
           or (status = 'AWAITING_ACTION' and hold_expires_at < clock_timestamp() + interval '1 minute')`,
    );
    const count = open.rows[0]?.count ?? '0';
    const unsettled = count === '0' ? [] : [`${count} transactions`];
    for (const subscriber of watching.subscribers) {
      const read = watching.isOfBalances(subscriber) ? readBalances : readSteps;
      const committed = await read(client, watchedBy(tenant, watching, subscriber));
      const missing = committed.length - subscriber.received.length;
      if (missing !== 0) unsettled.push(`${subscriber.name}, ${missing} behind`);
    }
    return unsettled;
  });
}

interface Listed {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly captured: string;
  readonly refunded: string;
}

const LIST = `query List($after: Cursor) {
  transactions(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { id status version capturedAmount { amount } refundedAmount { amount } } }
  }
}`;

interface Page {
  readonly transactions: {
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly edges: readonly {
      readonly node: Omit<Listed, 'captured' | 'refunded'> & {
        readonly capturedAmount: { readonly amount: string };
        readonly refundedAmount: { readonly amount: string };
      };
    }[];
  };
}

const PAGES_MAX = 1_000;

/** All transactions as the API pages through them and as they are stored, both newest first. */
export async function listTransactions(
  cluster: Cluster,
  tenant: Tenant,
): Promise<{ readonly listed: readonly Listed[]; readonly stored: readonly Listed[] }> {
  const api = createApi({ url: cluster.graphqlUrl, apiKey: tenant.apiKey });
  const listed: Listed[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page: Page['transactions'] = (await api.ask<Page>(LIST, { after })).data.transactions;
    for (const { node } of page.edges) {
      const { capturedAmount, refundedAmount, ...rest } = node;
      listed.push({ ...rest, captured: capturedAmount.amount, refunded: refundedAmount.amount });
    }
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
  }
  const { transactions } = await readFacts(cluster.databaseUrl, tenant.organizationId);
  const stored = transactions
    .map(({ id, status, version, capturedMinor, refundedMinor }) => {
      return { id, status, version, captured: inDollars(capturedMinor), refunded: inDollars(refundedMinor) };
    })
    .sort((a, b) => (a.id < b.id ? 1 : -1));
  return { listed, stored };
}

function inDollars(minor: bigint): string {
  return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
}

/** Runs `npm run ledger:check` on the cluster's database; gives its exit code and the promises found broken. */
export async function runLedgerCheck(
  databaseUrl: string,
): Promise<{ readonly code: number | null; readonly wrong: readonly string[] }> {
  const script = join(projectRoot, 'scripts', 'ledgerCheck.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    cwd: projectRoot,
    env: { ...machineEnvironment(), DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, wrong: output.split('\n').filter((line) => line.startsWith('WRONG')) };
}
