import { hasScope } from '../../../platform/viewer.ts';
import type { Context } from '../context.ts';
import { requirementsOf, shownStatus } from '../domain/endorsement.ts';
import { ENDORSEMENT_KINDS } from '../domain/endorsementKind.ts';
import type { EndorsementReasonResolvers, EndorsementResolvers } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import type { EndorsementView } from '../views.ts';

/** One of each kind, in the order of the kinds. */
export async function endorsementsOf(customer: CustomerRow, context: Context): Promise<EndorsementView[]> {
  const rows = await context.loaders.endorsements.load(customer.id);
  const byName = new Map(rows.map((row) => [row.name, row]));
  return ENDORSEMENT_KINDS.map((kind) => ({ kind, customer, row: byName.get(kind.name) ?? null }));
}

function seesReviews({ viewer }: Context): boolean {
  return hasScope(viewer, 'compliance:read');
}

export const endorsementResolvers: EndorsementResolvers = {
  name: ({ kind }) => kind.name,
  status: ({ row }, _args, context) => shownStatus(row?.status ?? 'NOT_REQUESTED', seesReviews(context)),
  basis: (view, _args, context) => visible(view, context)?.basis ?? null,
  requirements(view, _args, context) {
    const { complete, pending, missing, issues } = requirementsOf(
      view.kind,
      view.customer,
      visible(view, context),
    );
    return { complete: [...complete], pending: [...pending], missing: [...missing], issues: [...issues] };
  },
  reasons: (view, _args, context) => [...(visible(view, context)?.reasons ?? [])],
  requestedAt: ({ row }) => row?.requestedAt ?? null,
  updatedAt: ({ row }) => row?.updatedAt ?? null,
};

/** The reasons of a review are as secret as the review. */
function visible({ row }: EndorsementView, context: Context): EndorsementView['row'] {
  if (row?.status !== 'UNDER_REVIEW' || seesReviews(context)) return row;
  // A check under way is a provider's; what was attested or decided and is held back must look like one.
  return { ...row, status: 'PENDING', basis: 'PROVIDER', reasons: [] };
}

export const endorsementReasonResolvers: EndorsementReasonResolvers = {
  internal: ({ internal }, _args, context) => (seesReviews(context) ? internal : null),
};
