import type { ListEntry } from './list/entry.ts';
import { createList } from './list/list.ts';
import { watchList } from './list/watchedList.ts';
import type { ScreeningProvider } from './provider.ts';

/** Percent from which on two names are taken for one where nothing else is set; measured against test pairs. */
export const SCORE_MIN_DEFAULT = 85;

/** Screening by a file, which is read again when it changes. See `watchList` for its form. */
export function createListFileScreening(path: string, scoreMin = SCORE_MIN_DEFAULT): ScreeningProvider {
  const current = watchList(path);
  return { screen: async (subject) => (await current()).screen(subject, scoreMin) };
}

/** The same by entries that never change. @param version what answers say of which list they are */
export function createFixedScreening(
  version: string,
  entries: readonly ListEntry[],
  scoreMin = SCORE_MIN_DEFAULT,
): ScreeningProvider {
  const list = createList(version, entries);
  return { screen: async (subject) => (await list).screen(subject, scoreMin) };
}
