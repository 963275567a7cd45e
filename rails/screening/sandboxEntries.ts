import type { ListEntry } from './list/entry.ts';

/** Says of an answer that it was given by these. */
export const SANDBOX_LIST_VERSION = 'sandbox-1';

const entry = (id: string, more: Partial<ListEntry>): ListEntry => ({
  id,
  list: 'SANDBOX',
  names: [],
  addresses: [],
  accounts: [],
  ...more,
});

/**
 * Whom the sandbox screens for where no list is set: nobody who exists, and a means to see what a match does
 * (docs/screening.md).
 */
export const SANDBOX_ENTRIES: readonly ListEntry[] = [
  entry('sandbox-1', {
    names: ['Zoltan Quillfeather', 'Золтан Квиллфезер', 'Zoltan Ivanovich Quillfeather'],
    accounts: ['GB33BUKB20201555555555', '021000021/4000000001'],
  }),
  entry('sandbox-2', { names: ['Blackmere Shipping Company Limited', 'Blackmere Marine'] }),
  entry('sandbox-3', {
    names: ['Sandbox Mixer'],
    addresses: [{ address: '0xbad0000000000000000000000000000000000bad', network: null }],
  }),
];
