import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import { AMOUNT_MINOR_MAX, type AssetScale } from '../../../platform/money.ts';
import { convert, convertBack } from './rate.ts';
import type { LegSide } from './transaction.ts';

export type FeeKind = 'PLATFORM' | 'DEVELOPER' | 'GAS';

/** What is charged: a fixed amount, a share of the side's gross amount, or both. */
export interface FeeTerm {
  readonly kind: FeeKind;
  /** The side whose Asset it counts and from whose gross amount it is taken. */
  readonly side: LegSide;
  readonly flatMinor: bigint;
  readonly partsPerMillion: bigint;
  /** The Account that gets it. */
  readonly accountId: Uuid;
}

/** The same with what it comes to, in minor units; zero where the share rounds down to nothing. */
export interface Fee extends FeeTerm {
  readonly amountMinor: bigint;
}

export const MILLION = 1_000_000n;
/** Of one side, all fees together: what is left is at least a tenth. */
export const SHARE_MAX = 900_000n;
/** Developer fees of a Quote; with the platform's and gas a side has two more. */
export const DEVELOPER_FEES_MAX = 10;

export interface PricedSide {
  readonly grossMinor: bigint;
  readonly netMinor: bigint;
}

export interface Price {
  readonly source: PricedSide;
  readonly destination: PricedSide;
  readonly fees: readonly Fee[];
}

export interface Wanted {
  readonly fixedSide: LegSide;
  /** Gross of the source, or net of the destination. */
  readonly amountMinor: bigint;
  readonly terms: readonly FeeTerm[];
  readonly from: AssetScale;
  readonly to: AssetScale;
  /** Null where both sides count the same Asset. */
  readonly rateE18: bigint | null;
}

/** Why there is no price. */
export type PriceFault = 'FEES_EXCEED_AMOUNT' | 'TOO_SMALL' | 'TOO_LARGE';

/**
 * Works out both sides. With a fixed source the gross amount is what was asked, with a fixed destination the net
 * amount is. Always `source.net x rate = destination.gross + remainder`, the remainder being less than one minor unit
 * of the destination where the source is fixed, and less than one of the source where the destination is.
 */
export function price(wanted: Wanted): Price | PriceFault {
  const terms = {
    SOURCE: wanted.terms.filter(({ side }) => side === 'SOURCE'),
    DESTINATION: wanted.terms.filter(({ side }) => side === 'DESTINATION'),
  };
  const sourceGross =
    wanted.fixedSide === 'SOURCE'
      ? wanted.amountMinor
      : grossFor(backwards(wanted, grossFor(wanted.amountMinor, terms.DESTINATION)), terms.SOURCE);
  const source = chargeOn(sourceGross, terms.SOURCE);
  if (source.netMinor <= 0n) return 'FEES_EXCEED_AMOUNT';
  const destinationGross =
    wanted.fixedSide === 'SOURCE'
      ? forwards(wanted, source.netMinor)
      : grossFor(wanted.amountMinor, terms.DESTINATION);
  if (destinationGross === 0n) return 'TOO_SMALL';
  const destination = chargeOn(destinationGross, terms.DESTINATION);
  if (destination.netMinor <= 0n) return 'FEES_EXCEED_AMOUNT';
  if (sourceGross > AMOUNT_MINOR_MAX || destinationGross > AMOUNT_MINOR_MAX) return 'TOO_LARGE';
  return {
    source: { grossMinor: sourceGross, netMinor: source.netMinor },
    destination: { grossMinor: destinationGross, netMinor: destination.netMinor },
    fees: [...source.fees, ...destination.fees],
  };
}

function forwards({ rateE18, from, to }: Wanted, netMinor: bigint): bigint {
  return rateE18 === null ? netMinor : convert(netMinor, rateE18, from, to);
}

function backwards({ rateE18, from, to }: Wanted, grossMinor: bigint): bigint {
  return rateE18 === null ? grossMinor : convertBack(grossMinor, rateE18, from, to);
}

/** Takes the fees off a gross amount. Shares are rounded down, in favour of who pays them. */
export function chargeOn(
  grossMinor: bigint,
  terms: readonly FeeTerm[],
): { readonly fees: readonly Fee[]; readonly netMinor: bigint } {
  const fees = terms.map((term) => ({
    ...term,
    amountMinor: term.flatMinor + (grossMinor * term.partsPerMillion) / MILLION,
  }));
  return { fees, netMinor: fees.reduce((rest, { amountMinor }) => rest - amountMinor, grossMinor) };
}

/** More steps than rounding can ask for: one for each fee, ten times over where a tenth is left. */
const GROSS_STEPS_MAX = 200;

/**
 * The least gross amount whose fees leave exactly `netMinor`. There always is one: a minor unit more of gross leaves at
 * most one more of net, so that counting up meets every amount.
 */
export function grossFor(netMinor: bigint, terms: readonly FeeTerm[]): bigint {
  const flat = terms.reduce((sum, term) => sum + term.flatMinor, 0n);
  const share = terms.reduce((sum, term) => sum + term.partsPerMillion, 0n);
  invariant(share <= SHARE_MAX, `fees of ${share} parts per million`);
  // Rounding down takes less than one minor unit off each fee, so that nothing below this can be enough.
  const least = ((netMinor + flat - BigInt(terms.length)) * MILLION) / (MILLION - share);
  let grossMinor = least > netMinor ? least : netMinor;
  for (let step = 0; chargeOn(grossMinor, terms).netMinor < netMinor; step++) {
    invariant(step < GROSS_STEPS_MAX, `no gross amount leaves ${netMinor}`);
    grossMinor += 1n;
  }
  return grossMinor;
}
