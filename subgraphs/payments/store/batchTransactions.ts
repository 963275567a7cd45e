import DataLoader from 'dataloader';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Transaction } from '../domain/transaction.ts';
import { findTransactions } from './findTransactions.ts';

/** Reads Transactions as a Viewer, together with what other requests ask for at the same moment. */
export type FindTransactions = (
  viewer: Viewer,
  ids: readonly Uuid[],
) => Promise<readonly (Transaction | null)[]>;

interface Asked {
  readonly viewer: Viewer;
  readonly ids: readonly Uuid[];
}

/**
 * Each message of a stream is a request of its own that wants one Transaction; a batch of the lane makes many of
 * them in one tick. They become one statement for each organization (and Customer, for client tokens), under its
 * row level security as always. Nothing is remembered: every answer is read after it was asked for.
 */
export function batchTransactions(reads: Database): FindTransactions {
  const loader = new DataLoader<Asked, readonly (Transaction | null)[]>((asked) => readGroups(reads, asked), {
    cache: false,
  });
  return (viewer, ids) => loader.load({ viewer, ids });
}

async function readGroups(
  reads: Database,
  asked: readonly Asked[],
): Promise<readonly (readonly (Transaction | null)[] | Error)[]> {
  const groups = new Map<string, Asked[]>();
  for (const one of asked) {
    const key = `${one.viewer.organizationId} ${one.viewer.customerId ?? ''}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const answers = new Map<Asked, readonly (Transaction | null)[] | Error>();
  await Promise.all([...groups.values()].map((group) => readGroup(reads, group, answers)));
  return asked.map((one) => present(answers.get(one), 'an answer'));
}

/** A read that fails fails for its own group only. */
async function readGroup(
  reads: Database,
  group: readonly Asked[],
  answers: Map<Asked, readonly (Transaction | null)[] | Error>,
): Promise<void> {
  const { viewer } = present(group[0], 'the first of a group');
  try {
    const ids = [...new Set(group.flatMap((one) => one.ids))];
    const rows = await findTransactions(reads, viewer, ids);
    const found = new Map(ids.map((id, index) => [id, rows[index] ?? null]));
    for (const one of group)
      answers.set(
        one,
        one.ids.map((id) => found.get(id) ?? null),
      );
  } catch (error) {
    for (const one of group) answers.set(one, error as Error);
  }
}
