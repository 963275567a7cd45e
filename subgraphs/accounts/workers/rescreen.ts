import { sleep } from '../../../platform/clock.ts';
import type { CommandLane } from '../../../platform/commandLane.ts';
import { Bell } from '../../../platform/feed/bell.ts';
import { newUuid } from '../../../platform/id.ts';
import { type LeasedLoop, startLeasedLoop } from '../../../platform/leasedLoop.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import type { ScreeningProvider } from '../../../rails/screening/provider.ts';
import type { CustomerVault } from '../adapters/customerVault.ts';
import type { AccountsCommand, SettleScreening } from '../commands/command.ts';
import { verdictOf } from '../commands/screenNames.ts';
import { namesOf, untouchedNames } from '../domain/customerScreening.ts';
import { nextStale, nextUnanswered } from '../store/customerScreenings.ts';
import type { CustomerRow } from '../store/rows.ts';

const LEASE_MS = 30_000;
const PAGE_SIZE = 100;
/** How long a customer may be without a verdict after those who screen could not say. */
export const RESCREEN_PAUSE_MS = 30_000;
/** All are looked at again after this long, so that nobody is passed over for good whom a process from before took in. */
const PASS_MS = 3_600_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000' as CustomerRow['id'];

export interface RescreenOptions {
  /** As role omsx_accounts_writer. */
  readonly database: Database;
  readonly lane: CommandLane<AccountsCommand>;
  readonly vault: CustomerVault;
  readonly provider: ScreeningProvider;
  readonly logger: Logger;
  readonly pauseMs: number;
}

/** The last pass over all customers that came to its end. */
interface Pass {
  readonly listVersion: string;
  readonly endedAtMs: number;
}

/**
 * Screens customers again, in one process of a deployment at a time and one customer after the other: those of whom nobody
 * could say anything, and all whose verdict is of other lists than those of now. Nothing is asked while a tx is open.
 */
export function startRescreening(options: RescreenOptions): LeasedLoop {
  const { database, logger, pauseMs } = options;
  return startLeasedLoop({
    database,
    logger,
    name: 'customer screening',
    holder: newUuid(),
    lifetimeMs: LEASE_MS,
    bell: new Bell(),
    async work(_, signal) {
      let pass: Pass | null = null;
      while (!signal.aborted) {
        pass = await rescreenRound(options, pass, signal).catch((error: Error) => {
          // Without what was asked about: faults of providers say what was expected, and no more.
          logger.warn({ fault: error.message }, 'customers could not be screened again; tried again later');
          return null;
        });
        await sleep(pauseMs, signal);
      }
    },
  });
}

/** One round, answering which pass over all was the last. Safe to repeat. @throws whatever kept the provider from an answer */
export async function rescreenRound(
  options: RescreenOptions,
  last: Pass | null,
  signal: AbortSignal,
): Promise<Pass | null> {
  // First, as somebody waits for them.
  await rescreenAll(options, signal, (tx, after) => nextUnanswered(tx, after, PAGE_SIZE));
  // Who asks about nobody is told the version alone.
  const { listVersion } = await options.provider.screen({});
  if (last?.listVersion === listVersion && Date.now() - last.endedAtMs < PASS_MS) return last;
  const isWhole = await rescreenAll(options, signal, (tx, after) =>
    nextStale(tx, after, PAGE_SIZE, listVersion),
  );
  return isWhole ? { listVersion, endedAtMs: Date.now() } : last;
}

type FindPage = (tx: Tx, after: CustomerRow['id']) => Promise<readonly CustomerRow[]>;

/** True when it came to the end. */
async function rescreenAll(options: RescreenOptions, signal: AbortSignal, find: FindPage): Promise<boolean> {
  for (let after = FIRST_ID; !signal.aborted; ) {
    const page = await options.database.write((tx) => find(tx, after));
    await rescreenPage(options, page, signal);
    const end = page.at(-1);
    if (!end || page.length < PAGE_SIZE) return true;
    after = end.id;
  }
  return false;
}

async function rescreenPage(
  options: RescreenOptions,
  page: readonly CustomerRow[],
  signal: AbortSignal,
): Promise<void> {
  const commands: SettleScreening[] = [];
  try {
    for (const customer of page) {
      const command = signal.aborted ? null : await rescreen(options, customer);
      if (command !== null) commands.push(command);
    }
  } finally {
    // What was said is kept, also where the next has no answer.
    await Promise.all(commands.map((command) => options.lane.submit(command)));
  }
}

async function rescreen(
  { vault, provider, logger }: RescreenOptions,
  customer: CustomerRow,
): Promise<SettleScreening | null> {
  const { id: customerId, organizationId, sealed } = customer;
  const data = await vault.open(customer).catch(() => null);
  if (data === null) {
    // One that cannot be opened must not keep all others from being looked at.
    logger.error({ customerId }, 'a customer cannot be opened to be screened');
    return null;
  }
  const verdict = verdictOf(await provider.screen({ names: namesOf(data) }));
  const screened = { verdict, basedOn: untouchedNames(sealed, {}), isRenamed: false };
  const command = { operation: 'settleScreening', idempotencyKey: null, fingerprint: '' } as const;
  return { ...command, organizationId, customerId, screened };
}
