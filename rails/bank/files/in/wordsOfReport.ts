import type { StatusReport, StatusWord } from '../../iso20022/readStatusReport.ts';
import type { OrderFactKind } from '../../orderStates.ts';
import type { BankWord } from './bankWords.ts';

/**
 * What a pain.002 says of orders. The word for a payment comes before that for its group, and that before the one for the
 * message; a word that only says that more will follow is none.
 */
export function wordsOfReport(report: StatusReport): readonly BankWord[] {
  const { messageId, originalMessageId } = report;
  const base = { amountMinor: null, asset: null, occurredAt: null };
  const own = report.transfers.flatMap((transfer): readonly BankWord[] => {
    const { word, originalGroupId } = transfer;
    const key = transfer.endToEndId ?? transfer.instructionId;
    const kind = factOf(word);
    if (kind === null || key === null) return [];
    const id = `pain.002|${messageId}|${originalGroupId}|${key}|${word?.status}`;
    return [{ ...base, type: 'ORDER', id, key, kind, reasonCode: reasonOf(word), said: transfer }];
  });
  const named = report.transfers.flatMap(({ word, endToEndId }) =>
    word !== null && endToEndId !== null ? [endToEndId] : [],
  );
  const groups = report.groups.flatMap(({ originalGroupId: groupId, word }): readonly BankWord[] => {
    const kind = factOf(word);
    if (kind === null) return [];
    const id = `pain.002|${messageId}|${groupId}||${word?.status}`;
    const of = { messageId: originalMessageId, groupId, except: named };
    return [
      { ...base, ...of, type: 'ORDERS', id, kind, reasonCode: reasonOf(word), said: { groupId, word } },
    ];
  });
  const kind = factOf(report.word);
  if (kind === null) return [...own, ...groups];
  const spoken = report.groups
    .filter(({ word }) => word !== null)
    .map(({ originalGroupId }) => originalGroupId);
  const whole: BankWord = {
    ...base,
    type: 'ORDERS',
    id: `pain.002|${messageId}|||${report.word?.status}`,
    messageId: originalMessageId,
    groupId: null,
    kind,
    reasonCode: reasonOf(report.word),
    except: [...named, ...spoken],
    said: { originalMessageId, word: report.word },
  };
  return [...own, ...groups, whole];
}

/** Null where nothing is said yet. */
function factOf(word: StatusWord | null): OrderFactKind | null {
  switch (word?.verdict) {
    case 'ACCEPTED':
    case 'SETTLED':
    case 'REJECTED':
    case 'CANCELED':
      return word.verdict;
    default:
      return null;
  }
}

function reasonOf(word: StatusWord | null): string | null {
  return word?.reasons.find(({ code }) => code !== null)?.code ?? null;
}
