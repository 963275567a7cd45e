import type { CommandLane } from '../../../platform/commandLane.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Rounds, startRounds } from '../../../platform/rounds.ts';
import type { CustomerVault } from '../adapters/customerVault.ts';
import type { KycAnswer, KycProvider } from '../adapters/kycProvider.ts';
import type { AccountsCommand } from '../commands/command.ts';
import { sealClear } from '../commands/sealChange.ts';
import type { KycCheck } from '../domain/customerBatch.ts';
import { findClearCustomers, lockCustomers } from '../store/customerWrites.ts';
import { claimChecks, markUnknown, postponeCheck } from '../store/kycChecks.ts';
import type { CustomerRow } from '../store/rows.ts';

const ROUND_SIZE_MAX = 20;
const PAUSE_MS = 500;
const CLEAR_PAGE_SIZE = 100;
const FIRST_ID = '00000000-0000-0000-0000-000000000000' as CustomerRow['id'];

export interface AskKycOptions {
  /** As role omsx_accounts_writer, for this worker alone. */
  readonly database: Database;
  readonly lane: CommandLane<AccountsCommand>;
  readonly vault: CustomerVault;
  readonly provider: KycProvider;
  readonly logger: Logger;
  /** Before a check is asked again the first time; each time after twice as long. */
  readonly retryMs: number;
  /** How long an answer is waited for. */
  readonly timeoutMs: number;
}

/**
 * Seals what is in clear from before, then asks the provider what is to be asked. Several processes may run it: a check
 * is claimed by one, and settled once. Nothing is asked while a tx is open, and silence means unknown.
 */
export function startAskingKyc(options: AskKycOptions): Rounds {
  let hasSealed = false;
  return startRounds(
    async () => {
      if (!hasSealed) await sealAllClear(options);
      hasSealed = true;
      return await askDueChecks(options);
    },
    PAUSE_MS,
    (error) =>
      options.logger.error({ err: error }, 'asking the KYC provider failed; the next round tries again'),
  );
}

/** One round, answering after how many milliseconds the next one is worth it. Safe to retry. */
export async function askDueChecks(options: AskKycOptions): Promise<number> {
  const { database, retryMs } = options;
  const checks = await database.write((tx) => claimChecks(tx, ROUND_SIZE_MAX, retryMs));
  await Promise.all(checks.map((check) => ask(options, check)));
  return checks.length === ROUND_SIZE_MAX ? 0 : PAUSE_MS;
}

async function ask(options: AskKycOptions, check: KycCheck): Promise<void> {
  const { database, lane, logger } = options;
  const { id: checkId, organizationId, customerId, endorsement } = check;
  let answer: KycAnswer;
  try {
    answer = await answerOf(options, check);
  } catch {
    // What it says may quote the customer, so that it stays out of the log.
    logger.warn({ checkId }, 'the outcome of a KYC check is unknown; it is asked again');
    await database.write((tx) => markUnknown(tx, checkId));
    return;
  }
  if (answer.status === 'PENDING') {
    const { retryAfterSeconds: seconds } = answer;
    if (seconds !== undefined) await database.write((tx) => postponeCheck(tx, checkId, seconds));
    return;
  }
  const command = { operation: 'settleCheck', idempotencyKey: null, fingerprint: '' } as const;
  await lane.submit({ ...command, organizationId, customerId, checkId, endorsement, outcome: answer });
}

async function answerOf(options: AskKycOptions, check: KycCheck): Promise<KycAnswer> {
  const { database, vault, provider, timeoutMs } = options;
  const customers = await database.write((tx) => lockCustomers(tx, [check.customerId]));
  const customer = customers.get(check.customerId);
  // The lane sees that nothing rests on this check any more, and ends it.
  if (!customer || customer.erasedAt !== null) return { status: 'REJECTED', reasons: [] };
  const data = await vault.open(customer);
  const { id: checkId, endorsement } = check;
  const request = { checkId, endorsement, customerType: customer.type, data };
  return await provider.check(request, AbortSignal.timeout(timeoutMs));
}

async function sealAllClear({ database, vault }: AskKycOptions): Promise<void> {
  for (let after = FIRST_ID; ; ) {
    const page = await database.write((tx) => findClearCustomers(tx, after, CLEAR_PAGE_SIZE));
    for (const customer of page) await sealClear({ writer: database, vault }, customer);
    const last = page.at(-1);
    if (!last || page.length < CLEAR_PAGE_SIZE) return;
    after = last.id;
  }
}
