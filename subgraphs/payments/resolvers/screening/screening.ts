import { readUuidPage, toConnection } from '../../../../platform/connection.ts';
import { formatId, parseId } from '../../../../platform/id.ts';
import type { QueryResolvers, ScreeningResolvers } from '../../generated/resolvers.ts';
import { seesReviews } from '../../loaders/gates.ts';
import { listScreenings } from '../../store/screening/listScreenings.ts';

export const screeningQueries: Pick<QueryResolvers, 'screenings'> = {
  screenings: async (_, { filter, ...args }, { reads, viewer }) => {
    const page = readUuidPage(args);
    const named = filter?.transactionId ?? null;
    const subjectId = named === null ? null : parseId('txn', named);
    // An id that is none is of nothing.
    const isNone = !seesReviews(viewer) || (named !== null && subjectId === null);
    const conditions = {
      ...(filter?.outcome ? { outcome: filter.outcome } : {}),
      ...(subjectId === null ? {} : { subjectId }),
    };
    const rows = isNone ? [] : await listScreenings(reads, viewer.organizationId, conditions, page);
    return toConnection(rows, page, ({ id }) => id);
  },
};

export const screeningResolvers: ScreeningResolvers = {
  id: ({ id }) => formatId('scr', id),
  transaction: ({ subject, subjectId }, _, { loaders }) =>
    subject === 'TRANSACTION' ? loaders.findTransaction(subjectId) : null,
  arrivalId: ({ subject, subjectId }) => {
    if (subject === 'TRANSACTION') return null;
    return subject === 'RECEIPT' ? formatId('rcp', subjectId) : subjectId;
  },
  matches: ({ matches }) => [...matches],
};
