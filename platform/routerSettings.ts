import type { ConfigReader } from './configReader.ts';

/** How a router treats operations, whoever's subgraphs it is in front of. */
export interface RouterSettings {
  /** What one caller may ask for, by cost; null for as much as it likes. */
  readonly budget: { readonly capacity: number; readonly refillPerSecond: number } | null;
  /** Of one operation; null where it is only told. */
  readonly costMax: number | null;
  /** Whether identical queries of one caller that are under way together share one answer. */
  readonly coalesce: boolean;
  readonly compression: boolean;
  /** Whether clients may name a document by its hash once they sent it. */
  readonly automaticDocuments: boolean;
  /** The list of documents that may be asked for by id; null for none. */
  readonly trustedDocuments: { readonly file: string; readonly mode: 'allow' | 'only' } | null;
  /** Whether fields that the caller may not have are null, or the operation is refused whole. */
  readonly authorization: 'mask' | 'reject';
  /** Asked which policies of `@policy` hold; undefined: none does. */
  readonly policyUrl: string | undefined;
}

/** A page of fifty transactions with their sides costs some 500: two hundred of them a second, or 4,000 payments. */
const BUDGET_PER_SECOND = 100_000;
const BUDGET_CAPACITY = 1_000_000;
const BUDGET_MAX = 999_999_999;
const COST_MAX = 20_000;

/**
 * @param isAlone in front of subgraphs of others: what an operation costs there is a guess where their schemas say
 *   nothing of weights and lists, and callers behind one proxy have one address, so both limits wait to be set
 */
export function readRouterSettings(reader: ConfigReader, isAlone: boolean): RouterSettings {
  const { text, integer, flag, oneOf, url } = reader;
  const refillPerSecond = integer('OMSX_BUDGET_PER_SECOND', 0, BUDGET_MAX, isAlone ? 0 : BUDGET_PER_SECOND);
  const capacity = integer('OMSX_BUDGET_CAPACITY', 1, BUDGET_MAX, BUDGET_CAPACITY);
  const costMax = integer('OMSX_COST_MAX', 0, BUDGET_MAX, isAlone ? 0 : COST_MAX);
  const file = text('OMSX_TRUSTED_DOCUMENTS');
  const mode = oneOf('OMSX_TRUSTED_DOCUMENTS_MODE', ['allow', 'only'], 'only');
  return {
    budget: refillPerSecond === 0 ? null : { capacity, refillPerSecond },
    costMax: costMax === 0 ? null : costMax,
    coalesce: flag('OMSX_COALESCE', false),
    compression: flag('OMSX_COMPRESSION', true),
    automaticDocuments: flag('OMSX_AUTOMATIC_DOCUMENTS', true),
    trustedDocuments: file === undefined ? null : { file, mode },
    authorization: oneOf('OMSX_AUTHORIZATION', ['mask', 'reject'], 'mask'),
    policyUrl: url('OMSX_POLICY_URL', ['http:', 'https:']),
  };
}
