import { parseId, type Uuid } from '../../platform/id.ts';
import type { Books } from './books.ts';
import type { Cluster } from './cluster.ts';
import {
  readBalance,
  readStep,
  type Subscriber,
  startSubscriber,
  WATCH_BALANCE,
  WATCH_FULLY,
  WATCH_LIGHTLY,
} from './subscribers.ts';
import type { Tenant } from './tenant.ts';

/** The subscribers of a run, and what each of them should have been told. */
export interface Watching {
  readonly subscribers: readonly Subscriber[];
  /** What the subscriber filters by; null for all of the organization. */
  readonly subjectOf: (subscriber: Subscriber) => Uuid | null;
  readonly isOfBalances: (subscriber: Subscriber) => boolean;
  close(): Promise<void>;
}

const BALANCES = 'balance of the hot account';
const OPEN_WAIT_MS = 20_000;

/** Opens them all, and resolves when each has had its first message. @throws when one has not within 20 s */
export async function startSubscribers(cluster: Cluster, tenant: Tenant, books: Books): Promise<Watching> {
  const subjects = new Map<Subscriber, Uuid | null>();
  const start = (name: string, document: string, filter: Readonly<Record<string, string>>, id?: string) => {
    const isBalance = name === BALANCES;
    const subscriber = startSubscriber({
      name,
      document,
      url: cluster.wsUrl,
      apiKey: tenant.apiKey,
      variables: isBalance ? filter : { filter },
      read: isBalance ? readBalance : readStep,
    });
    subjects.set(subscriber, id === undefined ? null : uuidOf(id));
  };
  const spreadId = books.spreadIds.find((id) => id.startsWith('acc_')) ?? books.hotId;
  start('organization', WATCH_LIGHTLY, {});
  start('hot account', WATCH_LIGHTLY, { accountId: books.hotId }, books.hotId);
  start('spread account, joined', WATCH_FULLY, { accountId: spreadId }, spreadId);
  start('customer, joined', WATCH_FULLY, { customerId: books.customerId }, books.customerId);
  start(BALANCES, WATCH_BALANCE, { accountId: books.hotId }, books.hotId);

  const subscribers = [...subjects.keys()];
  const close = async (): Promise<void> => {
    await Promise.all(subscribers.map((subscriber) => subscriber.close()));
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const faults = subscribers.map(({ name, refusals }) => `${name}: ${refusals.join('; ')}`);
      reject(new Error(`not every subscription opened:\n${faults.join('\n')}`));
    }, OPEN_WAIT_MS);
  });
  try {
    await Promise.race([Promise.all(subscribers.map((subscriber) => subscriber.opened)), late]);
  } catch (error) {
    await close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return {
    subscribers,
    subjectOf: (subscriber) => subjects.get(subscriber) ?? null,
    isOfBalances: (subscriber) => subscriber.name === BALANCES,
    close,
  };
}

function uuidOf(id: string): Uuid {
  const uuid = parseId(id.slice(0, 3) as 'acc', id);
  if (uuid === null) throw new Error(`${id} is no id`);
  return uuid;
}
