import { present } from '../../../../platform/invariant.ts';
import type { KeyVault } from '../../../../platform/vault/keyVault.ts';
import { openBytes } from '../../../../platform/vault/sealedBytes.ts';
import { decodeDetails } from '../../../../rails/bank/details.ts';
import { subjectOf } from '../../../../rails/bank/subjectOf.ts';
import type { OpenSubject } from '../../store/screening/quoteSubjects.ts';
import { asking } from '../places.ts';

/** What it gives throws {ApiError} UNAVAILABLE. @param vault that sealed it; null where no bank is connected, and nothing is sealed */
export function sealedSubjects(vault: KeyVault | null): OpenSubject {
  return async (sealed, id) => {
    const opener = present(vault, 'the vault that sealed an order');
    const bytes = await asking(() => openBytes(opener, sealed, { purpose: 'omsx-bank-order', id }));
    return subjectOf(decodeDetails(bytes));
  };
}
