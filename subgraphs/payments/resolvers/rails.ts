import { present } from '../../../platform/invariant.ts';
import { statement } from '../../../platform/statement.ts';
import { requireWholeOrganization } from '../../../platform/viewer.ts';
import { isBankRail } from '../../../rails/bank/catalog/bankRails.ts';
import type { RailEntry, Speed } from '../../../rails/bank/catalog/rail.ts';
import { isOpen, nextCutOff, settlesBy } from '../../../rails/bank/catalog/schedule.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { Context } from '../context.ts';
import type { RailSpeedTermsResolvers, RailTermsResolvers } from '../generated/resolvers.ts';
import { moneyOf } from '../views.ts';

/** A rail between banks at an instant. */
export interface RailView {
  readonly rail: BankRailName;
  readonly entry: RailEntry;
  readonly now: Date;
}

export interface SpeedView extends RailView {
  readonly terms: Speed;
}

const READ_CLOCK = statement('payments.read_rails_clock', 'select platform.now() as now');

/** The catalogue as of now, by the clock that decides payments. A client token is shown none of it. */
export async function listRails({ viewer, reads, catalog }: Context): Promise<RailView[]> {
  requireWholeOrganization(viewer);
  const [clock] = await reads.readRows<{ readonly now: Date }>(viewer.organizationId, READ_CLOCK);
  const { now } = present(clock, 'the clock');
  return catalog.entries.flatMap((entry) =>
    isBankRail(entry.rail) ? [{ rail: entry.rail, entry, now }] : [],
  );
}

export const railTermsResolvers: RailTermsResolvers = {
  asset: ({ entry }, _, { assets }) => present(assets.get(entry.asset), `asset ${entry.asset}`),
  speeds: (view) => view.entry.speeds.map((terms) => ({ ...view, terms })),
  returnDays: ({ entry: { returnWindow } }) => (returnWindow.kind === 'OPEN' ? null : returnWindow.days),
  returnDaysAreBusinessDays: ({ entry }) => entry.returnWindow.kind === 'BUSINESS_DAYS',
};

const clockOf = ({ now }: RailView) => ({ now: () => now });

export const railSpeedTermsResolvers: RailSpeedTermsResolvers = {
  speed: ({ terms }) => terms.code,
  minimum: ({ terms, entry }, _, { assets }) => moneyOf(assets, terms.amountMinorMin, entry.asset),
  maximum: ({ terms, entry }, _, { assets }) => moneyOf(assets, terms.amountMinorMax, entry.asset),
  isOpen: (view, _, { catalog }) => isOpen(catalog, view.terms, clockOf(view)),
  nextCutOffAt: (view, _, { catalog }) => nextCutOff(catalog, view.terms, clockOf(view))?.at ?? null,
  settlesBy: (view, _, { catalog }) => settlesBy(catalog, view.terms, clockOf(view)),
};
