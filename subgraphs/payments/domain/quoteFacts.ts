import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { InsideAddress } from '../../../rails/onchain/sends.ts';
import type { Quote } from './quote.ts';

/** What an organization charges for Quotes whose source counts an Asset. */
export interface PlatformFee {
  readonly organizationId: Uuid;
  readonly asset: string;
  readonly flatMinor: bigint;
  readonly partsPerMillion: bigint;
}

/** What a batch knows of Quotes before it decides. */
export interface QuoteFacts {
  /** Locked, as the table has them. */
  readonly quotes: ReadonlyMap<Uuid, Quote>;
  /** By `feeKey`. */
  readonly platformFees: ReadonlyMap<string, PlatformFee>;
  /** By `systemKey`. */
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
  /** By `custodyKey`: the address that an organization's sends of an Asset go from. */
  readonly custody: ReadonlyMap<string, string>;
  readonly inside: readonly InsideAddress[];
}

/** The same with the changes of this batch on top, and what is to be written. */
export interface QuoteBatch {
  readonly stored: ReadonlyMap<Uuid, Quote>;
  readonly quotes: Map<Uuid, Quote>;
  readonly platformFees: Map<string, PlatformFee>;
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
  readonly custody: ReadonlyMap<string, string>;
  readonly inside: readonly InsideAddress[];
  readonly created: Set<Uuid>;
  readonly changed: Set<Uuid>;
  /** Each is an event of the Quote as it is then. */
  readonly steps: QuoteStep[];
  readonly changedFees: Set<string>;
}

export interface QuoteStep {
  readonly id: Uuid;
  readonly kind: 'CREATED' | 'ACCEPTED' | 'EXPIRED';
  readonly quote: Quote;
}

export const NO_QUOTES: QuoteFacts = {
  quotes: new Map(),
  platformFees: new Map(),
  systemAccounts: new Map(),
  custody: new Map(),
  inside: [],
};

export function quoteBatch(facts: QuoteFacts = NO_QUOTES): QuoteBatch {
  return {
    stored: facts.quotes,
    quotes: new Map(facts.quotes),
    platformFees: new Map(facts.platformFees),
    systemAccounts: facts.systemAccounts,
    custody: facts.custody,
    inside: facts.inside,
    created: new Set(),
    changed: new Set(),
    steps: [],
    changedFees: new Set(),
  };
}

export function feeKey(organizationId: Uuid, asset: string): string {
  return `${organizationId} ${asset}`;
}

export function custodyKey(organizationId: Uuid, network: string, asset: string): string {
  return `${organizationId} ${network} ${asset}`;
}

/** Begins a Quote, or moves it on, with the event that tells of it. */
export function putQuote(batch: QuoteBatch, id: Uuid, kind: QuoteStep['kind'], quote: Quote): void {
  if (kind === 'CREATED') batch.created.add(quote.id);
  else if (!batch.created.has(quote.id)) batch.changed.add(quote.id);
  batch.quotes.set(quote.id, quote);
  batch.steps.push({ id, kind, quote });
}

/** The Quote as this batch sees it; null also for another organization's. */
export function findOwnQuote(batch: QuoteBatch, organizationId: Uuid, quoteId: Uuid): Quote | null {
  const quote = batch.quotes.get(quoteId);
  return quote?.organizationId === organizationId ? quote : null;
}

/** The system account that `lock` has made sure of. */
export function quoteAccount(batch: QuoteBatch, key: string): Uuid {
  return present(batch.systemAccounts.get(key), key);
}
