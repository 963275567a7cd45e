import { mutate } from '../payments/fixture.ts';
import { decideOn } from '../payments/gates/reviewing.ts';
import { decide } from '../payments/gates/world.ts';
import { both, lookAtBoth } from './look.ts';
import { endUnpaid, isOpen, type Movement, pick, type Run, type Step, uuidOf } from './run.ts';
import { settle } from './settle.ts';

const ALL = ['BOOK', 'BANK', 'FILES', 'CHAIN', 'COUNTER'] as const;

export async function approve(run: Run, waiting: Movement, isYes: boolean): Promise<void> {
  const name = isYes ? 'approveTransaction' : 'rejectTransaction';
  const { payments } = run.world.fixture;
  for (const [at, side] of run.sides.entries()) {
    const answer = await decide(payments, side.officer, name, waiting.ids[at as 0 | 1]);
    expect(answer.__typename).toBe('Transaction');
  }
  if (!isYes) {
    endUnpaid(waiting, 'CANCELED');
    return;
  }
  waiting.isApprovalOpen = false;
  if (waiting.rail !== 'BOOK') waiting.status = 'PROCESSING';
  else if (!waiting.isManual) [waiting.status, waiting.isFinal] = ['COMPLETED', true];
}

export const approveOne = (index: number, isYes: boolean): Step => ({
  name: `${isYes ? 'approve' : 'reject'} ${index}`,
  async run(run) {
    const waiting = pick(run, ALL, index, ({ isApprovalOpen }) => isApprovalOpen);
    if (waiting !== undefined) await approve(run, waiting, isYes);
  },
});

/** Whoever made it may not approve it, and is answered alike whether or not it is under review. */
export const approveOwn = (index: number): Step => ({
  name: `approve one's own ${index}`,
  async run(run) {
    const waiting = pick(run, ALL, index, ({ isApprovalOpen }) => isApprovalOpen);
    if (waiting === undefined) return;
    const [slow] = await both(run, ({ viewer, officer }, at) =>
      decide(
        run.world.fixture.payments,
        { ...officer, subjectId: viewer.subjectId },
        'approveTransaction',
        waiting.ids[at],
      ),
    );
    expect(slow).toMatchObject({ __typename: 'ApproverNotAllowed', reason: 'MADE_IT' });
  },
});

/** Lets go on what one of the histories holds back; in the other nothing happens. */
export async function release(run: Run, waiting: Movement): Promise<void> {
  const [, { officer }] = run.sides;
  const answer = await decideOn(run.world.fixture, officer, waiting.ids[1], 'RELEASE');
  expect(answer).toMatchObject({ status: 'RELEASED' });
  waiting.isReviewOpen = false;
}

export const releaseOne = (index: number): Step => ({
  name: `release ${index}`,
  async run(run) {
    const waiting = pick(run, ALL, index, ({ isReviewOpen }) => isReviewOpen);
    if (waiting !== undefined) await release(run, waiting);
  },
});

/** Ends what one of the histories holds back; in the other the place outside says no. From here on they differ. */
export const refuseOne = (index: number): Step => ({
  name: `refuse ${index}`,
  async run(run) {
    const waiting = pick(run, ['BANK'], index, (one) => one.isReviewOpen && !one.isApprovalOpen);
    if (waiting === undefined) return;
    run.isCompared = false;
    const [, { officer }] = run.sides;
    const answer = await decideOn(run.world.fixture, officer, waiting.ids[1], 'REFUSE');
    expect(answer).toMatchObject({ status: 'REFUSED' });
    const other = uuidOf(waiting.ids[0]);
    await run.world.fixture.rows(
      `update bank.order set state = 'REJECTED', reason_code = 'AC04', version = version + 1 where id = $1`,
      [other],
    );
    endUnpaid(waiting, 'FAILED');
    await settle(run);
  },
});

const CALLED_OFF = `state = 'CANCELED'`;

/** Asks to call it off: at once where nobody outside knows of it, and else it is theirs to say. */
export const cancel = (index: number): Step => ({
  name: `cancel ${index}`,
  async run(run) {
    const wanted = pick(run, ALL, index);
    if (wanted === undefined) return;
    const { rail, status, outside, isApprovalOpen, isReviewOpen } = wanted;
    const [slow] = await both(run, async ({ viewer }, at) => {
      const input = { id: wanted.ids[at] };
      return (await mutate(run.world.fixture.payments, viewer, 'cancelTransaction', input)).result;
    });
    if (!isOpen(wanted)) expect([status, slow.code]).toEqual([status, 'INVALID_STATE']);
    if (!isOpen(wanted) || slow.__typename !== 'Transaction') return;
    wanted.isCancelAsked = true;
    const isUnknown = isApprovalOpen || rail === 'BOOK' || outside === 'QUEUED';
    if (rail === 'CHAIN' && !isApprovalOpen && outside === 'QUEUED')
      await callOffSend(run, wanted, isReviewOpen);
    if (isUnknown) endUnpaid(wanted, 'CANCELED');
  },
});

/** A send is called off a moment later: by whoever would have signed it, or in its place. */
async function callOffSend(run: Run, wanted: Movement, isReviewOpen: boolean): Promise<void> {
  await lookAtBoth(run);
  for (const [at, { isReviewed }] of run.sides.entries()) {
    const id = uuidOf(wanted.ids[at as 0 | 1]);
    if (!isReviewOpen || !isReviewed) await run.world.chain.change('send', id, CALLED_OFF);
  }
  [wanted.isReviewOpen, wanted.outside] = [false, 'CANCELED'];
  await settle(run);
  await run.world.endWaits();
}
