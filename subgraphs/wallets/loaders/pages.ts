import DataLoader from 'dataloader';
import { type Connection, type readUuidPage, toConnection } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';

export type UuidPage = ReturnType<typeof readUuidPage>;

/** A page of what hangs on one parent. */
export interface ParentPage {
  readonly parentId: Uuid;
  readonly page: UuidPage;
}

/** The same page of several parents: lists in the order of `parentIds`, each of up to `limit + 1` rows. */
export type ListPages<Row> = (
  parentIds: readonly Uuid[],
  page: UuidPage,
) => Promise<readonly (readonly Row[])[]>;

/** Batches pages: one statement for each page that is asked for, as the parents of one field all ask for the same one. */
export function createPageLoader<Row extends { readonly id: Uuid }>(
  list: ListPages<Row>,
  maxBatchSize: number,
): DataLoader<ParentPage, Connection<Row>, string> {
  return new DataLoader<ParentPage, Connection<Row>, string>((keys) => loadPages(keys, list), {
    maxBatchSize,
    cacheKeyFn: ({ parentId, page }) => `${parentId} ${pageKey(page)}`,
  });
}

async function loadPages<Row extends { readonly id: Uuid }>(
  keys: readonly ParentPage[],
  list: ListPages<Row>,
): Promise<readonly Connection<Row>[]> {
  const connections = new Map<ParentPage, Connection<Row>>();
  const groups = new Map<string, ParentPage[]>();
  for (const key of keys) {
    const group = groups.get(pageKey(key.page));
    if (group) group.push(key);
    else groups.set(pageKey(key.page), [key]);
  }
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const { page } = present(group[0], 'the first of a group');
      const lists = await list(
        group.map(({ parentId }) => parentId),
        page,
      );
      for (const [index, key] of group.entries()) {
        connections.set(
          key,
          toConnection(present(lists[index], 'a list'), page, ({ id }) => id),
        );
      }
    }),
  );
  return keys.map((key) => present(connections.get(key), 'a page'));
}

function pageKey(page: UuidPage): string {
  return `${page.forward ? 'first' : 'last'} ${page.limit} ${page.from ?? ''}`;
}
