import { newUuid } from '../platform/id.ts';
import { present } from '../platform/invariant.ts';
import type { Database } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import { BANK_CHECKS } from './bankChecks.ts';
import { CASH_CHECKS } from './cashChecks.ts';
import { LEDGER_CHECKS, PAYMENT_CHECKS } from './checkStatements.ts';
import { GATE_CHECKS } from './gateChecks.ts';
import { ONCHAIN_CHECKS } from './onchainChecks.ts';
import { PAYOUT_CHECKS } from './payoutChecks.ts';
import { QUOTE_CHECKS } from './quoteChecks.ts';
import { RECONCILIATION_CHECKS } from './reconciliationChecks.ts';
import { REFUND_CHECKS } from './refundChecks.ts';

/** What became of one promise of the books. */
export interface CheckResult {
  readonly promise: string;
  /** How many things were looked at. */
  readonly checked: bigint;
  readonly faulty: bigint;
  /** The first ten offenders, each with what is wrong. */
  readonly first: readonly string[];
}

const ALL_CHECKS = [
  ...LEDGER_CHECKS,
  ...PAYMENT_CHECKS,
  ...PAYOUT_CHECKS,
  ...ONCHAIN_CHECKS,
  ...QUOTE_CHECKS,
  ...BANK_CHECKS,
  ...GATE_CHECKS,
  ...REFUND_CHECKS,
  ...RECONCILIATION_CHECKS,
  ...CASH_CHECKS,
];

/** A full scan of the books outlasts what a request may take. */
const LIFT_TIMEOUT = statement(
  'ledger.check_lift_timeout',
  "select set_config('statement_timeout', '0', true)",
);

/**
 * Proves the books on a live database, all checks in one snapshot, so that postings go on meanwhile and every
 * sum is of the same moment. Reads whole tables: O(Transfers). Role omsx_check, whose policies see every
 * organization. Safe to retry.
 */
export async function checkLedger(database: Database): Promise<readonly CheckResult[]> {
  // The role's policies look at no organization; `read` wants one nevertheless.
  return await database.read(newUuid(), async (tx) => {
    await tx.rows(LIFT_TIMEOUT);
    const results: CheckResult[] = [];
    for (const { promise, statement: text } of ALL_CHECKS) {
      const [row] = await tx.rows<Omit<CheckResult, 'promise'>>(text);
      results.push({ promise, ...present(row, promise) });
    }
    return results;
  });
}

/** One line for each promise, and one for each of its first offenders. */
export function formatChecks(results: readonly CheckResult[]): string {
  return results
    .flatMap(({ promise, checked, faulty, first }) => [
      `${faulty === 0n ? 'OK   ' : 'WRONG'} ${promise}: ${faulty === 0n ? checked : `${faulty} of ${checked}`}`,
      ...first.map((offender) => `      ${offender}`),
    ])
    .join('\n');
}
