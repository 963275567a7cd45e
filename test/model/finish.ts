import { send, tell, writeFiles } from './bankSteps.ts';
import { passTime } from './bookSteps.ts';
import { submitCash, tellPickup } from './cashSteps.ts';
import { endDeposit, tellChain } from './chainSteps.ts';
import { approve, release } from './gateSteps.ts';
import { prove } from './prove.ts';
import { endWindows, retryDue, waitingRefunds } from './refundSteps.ts';
import { isHanded, isOpen, type Movement, type Run } from './run.ts';
import { settle } from './settle.ts';

/** A refund is tried so often by itself. */
const ROUNDS_MAX = 4;

/** Decides, tells, settles and lets expire all that is outstanding. */
export async function finish(run: Run): Promise<void> {
  await settle(run);
  for (const one of run.movements) {
    if (one.isApprovalOpen) await approve(run, one, true);
    if (one.isReviewOpen) await release(run, one);
  }
  await prove(run);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    await writeFiles.run(run);
    await submitCash.run(run);
    for (const one of run.movements) if (isOpen(one) && isHanded(one)) await tellEnd(run, one);
    await settle(run);
    if ((await waitingRefunds(run)) === 0) break;
    await retryDue(run);
  }
  // Holds that nobody captured run out.
  await passTime(run);
  await endWindows(run, run.movements);
  await prove(run);
  expectEnded(run);
  expect(await waitingRefunds(run)).toBe(0);
  await expectSettled(run);
}

/** The last that a place outside says of it. */
async function tellEnd(run: Run, one: Movement): Promise<void> {
  switch (one.rail) {
    case 'BANK':
    case 'FILES':
      if (one.outside === 'QUEUED') await send(run, one);
      if (one.outside === 'SENT' || one.outside === 'ACCEPTED') await tell(run, one, 'SETTLED');
      return;
    case 'CHAIN':
      await tellChain(run, one, 'SUCCEEDED');
      return;
    case 'COUNTER':
      await tellPickup(run, one, 'SETTLED');
      return;
    case 'DEPOSIT':
      await endDeposit(run, one, true);
      return;
  }
}

/** Nothing is under way and nothing can be sent back: FAILED, CANCELED, RETURNED, or COMPLETED for good. */
function expectEnded({ movements }: Run): void {
  const open = movements.filter((one) => isOpen(one) || (one.status === 'COMPLETED' && !one.isFinal));
  expect(open.map(({ ids, rail, status, outside }) => ({ ids, rail, status, outside }))).toEqual([]);
}

const UNSETTLED = `select 'order' as what, id::text from bank.order where settled_version < version and organization_id = any($1)
  union all select 'receipt', id::text from bank.receipt where transaction_id is null and organization_id = any($1)
  union all select 'send', id::text from chain.send where settled_version < version and organization_id = any($1)
  union all select 'deposit', id::text from chain.deposit where settled_version < version and organization_id = any($1)
  union all select 'code', id::text from cash.order where settled_version < version and organization_id = any($1)
  union all select 'cash', id::text from cash.receipt where settled_version < version and organization_id = any($1)
  union all select 'hold', id::text from payments.transaction where hold_id is not null and organization_id = any($1)
  union all select 'open', id::text from payments.transaction where organization_id = any($1)
    and (status in ('PROCESSING', 'AWAITING_ACTION') or finality = 'PROVISIONAL' and status = 'COMPLETED')
  union all select 'gate', transaction_id::text from payments.gate where state = 'WAITING' and organization_id = any($1)`;

/** The books are where all places outside are, and hold nothing for anybody. */
async function expectSettled({ world, sides }: Run): Promise<void> {
  const ids = sides.map(({ organizationId }) => organizationId);
  expect(await world.fixture.rows(UNSETTLED, [ids])).toEqual([]);
}
