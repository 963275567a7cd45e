import { watchList } from '../../screening/list/watchedList.ts';
import type { Screening, ScreeningAnswer } from './screening.ts';

/** Screening by the addresses of a list (`watchList`): the same file that payments screen by before there is a send. */
export function createListFileScreening(path: string): Screening {
  const current = watchList(path);
  return {
    async screen(address, network): Promise<ScreeningAnswer> {
      const list = await current();
      const isListed = list.findAddress(address, network).length > 0;
      return { outcome: isListed ? 'REFUSED' : 'CLEAR', list: list.version };
    },
  };
}
