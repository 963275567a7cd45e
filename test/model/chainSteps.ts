import type { Uuid } from '../../platform/id.ts';
import { mutate, wal } from '../payments/fixture.ts';
import { newAddress } from '../payments/onchainWorld.ts';
import { both, suspect } from './look.ts';
import {
  availableIn,
  begin,
  decimal,
  isHanded,
  type Movement,
  pick,
  type Run,
  type Step,
  uuidOf,
} from './run.ts';
import { settle } from './settle.ts';

const SCALE = 6;

export const sendChain = (minor: bigint, isSuspect: boolean): Step => ({
  name: `send ${minor} on chain${isSuspect ? ' to a suspect' : ''}`,
  async run(run) {
    const isEnough = availableIn(run, 'USDC') >= minor;
    const [slow, reviewed] = await both(run, async (side) => {
      const destinationAddress = isSuspect ? suspect(side).address : newAddress();
      const input = { sourceId: wal(side.chain.walletId), destinationAddress, asset: 'USDC' };
      const more = { amount: decimal(minor, SCALE) };
      return (
        await mutate(run.world.fixture.payments, side.viewer, 'createTransaction', { ...input, ...more })
      ).result;
    });
    expect(slow.__typename).toBe(isEnough ? 'Transaction' : 'InsufficientFunds');
    if (!isEnough) return;
    begin(run, {
      ...{ ids: [slow.id, reviewed.id], rail: 'CHAIN', from: 'USDC', fromMinor: minor },
      ...{ out: { asset: 'USDC', amountMinor: minor }, reviewed: isSuspect, isReviewOpen: isSuspect },
    });
  },
});

/** Whoever signs it has done so. */
async function carry(run: Run, sent: Movement): Promise<void> {
  if (sent.outside !== 'QUEUED' || !isHanded(sent)) return;
  const [slow, reviewed] = sent.ids;
  sent.carriers = [await run.world.chain.carry(uuidOf(slow)), await run.world.chain.carry(uuidOf(reviewed))];
  sent.outside = 'SENT';
}

export type ChainFact = 'INCLUDED' | 'REORGED' | 'SUCCEEDED' | 'REVERTED';

/** As the follower writes it down: what is final stays so. */
export async function tellChain(run: Run, sent: Movement, fact: ChainFact): Promise<void> {
  await carry(run, sent);
  const { carriers, outside } = sent;
  if (carriers === null || (outside !== 'SENT' && outside !== 'INCLUDED')) return;
  for (const { id, hash } of carriers) {
    const included = `outcome = 'SUCCEEDED', included_hash = '${hash}'`;
    const [carrier, send] = {
      INCLUDED: [`state = 'INCLUDED', ${included}`, `state = 'INCLUDED'`],
      REORGED: [`state = 'BROADCAST', outcome = null, included_hash = null`, `state = 'BROADCAST'`],
      SUCCEEDED: [`state = 'FINAL', fee = 0, ${included}`, `state = 'FINAL'`],
      REVERTED: [
        `state = 'FINAL', fee = 0, outcome = 'REVERTED', included_hash = '${hash}'`,
        `state = 'FINAL'`,
      ],
    }[fact] as [string, string];
    await run.world.chain.moveCarrier(id, carrier, send);
  }
  sent.outside = (
    { INCLUDED: 'INCLUDED', REORGED: 'SENT', SUCCEEDED: 'SETTLED', REVERTED: 'REJECTED' } as const
  )[fact];
}

export const chainSays = (index: number, fact: ChainFact): Step => ({
  name: `chain says ${fact} of ${index}`,
  async run(run) {
    const sent = pick(run, ['CHAIN'], index, isHanded);
    if (sent !== undefined) await tellChain(run, sent, fact);
  },
});

/** Money is seen on a chain, and is there only when its block is final. */
export const deposit = (minor: bigint): Step => ({
  name: `deposit ${minor}`,
  async run(run) {
    const { chain } = run.world;
    const deposits: Uuid[] = [];
    for (const side of run.sides) deposits.push(await chain.deposit(side.chain, { amount: minor }));
    await settle(run);
    const ids: (string | null)[] = [];
    for (const id of deposits) ids.push(await chain.transactionOf(id));
    const carriers = deposits.map((id) => ({ id, hash: '' }));
    begin(run, {
      ...{
        ids: [ids[0] as string, ids[1] as string],
        rail: 'DEPOSIT',
        fromMinor: 0n,
        to: 'USDC',
        toMinor: minor,
      },
      ...{ outside: 'SENT', carriers: [carriers[0], carriers[1]] as Movement['carriers'] },
    });
  },
});

export async function endDeposit(run: Run, seen: Movement, isThere: boolean): Promise<void> {
  if (seen.outside !== 'SENT' || seen.carriers === null) return;
  for (const { id } of seen.carriers) {
    await run.world.chain.change('deposit', id, `state = '${isThere ? 'FINAL' : 'DROPPED'}'`);
  }
  seen.outside = isThere ? 'SETTLED' : 'REJECTED';
}

export const depositEnds = (index: number, isThere: boolean): Step => ({
  name: `deposit ${index} ${isThere ? 'is final' : 'is gone'}`,
  async run(run) {
    const seen = pick(run, ['DEPOSIT'], index);
    if (seen !== undefined) await endDeposit(run, seen, isThere);
  },
});
