import { newUuid, type Uuid } from '../../platform/id.ts';
import { type BookedLine, statusReport } from '../../rails/bank/simulator/files/answers.ts';
import { ACH, WIRE } from '../bank/asks.ts';
import { SEPA } from '../bank/files/fileWorld.ts';
import { type Answer, acc, txn } from '../payments/fixture.ts';
import { both, suspect } from './look.ts';
import {
  availableIn,
  begin,
  decimal,
  isHanded,
  type Movement,
  type Purse,
  pick,
  type Run,
  type Step,
  uuidOf,
} from './run.ts';
import { settle } from './settle.ts';
import { APPROVED_FROM_MINOR } from './sides.ts';

export type BankFact = 'ACCEPTED' | 'SETTLED' | 'REJECTED' | 'CANCELED' | 'RETURNED';
export const BANK_FACTS: readonly BankFact[] = ['ACCEPTED', 'SETTLED', 'REJECTED', 'CANCELED', 'RETURNED'];

/** Earlier chapters of each story: told late, they are no news and no difference. */
const STORY: Readonly<Record<string, readonly BankFact[]>> = {
  SETTLED: ['ACCEPTED', 'SETTLED'],
  REJECTED: ['ACCEPTED', 'REJECTED'],
  CANCELED: ['ACCEPTED', 'CANCELED'],
  RETURNED: ['ACCEPTED', 'SETTLED', 'RETURNED'],
};

/** What a bank's fact makes of an order. */
export function tellModel(order: Movement, fact: BankFact, isRightAmount: boolean): void {
  const { outside } = order;
  if (!isRightAmount || outside === 'QUEUED') order.differences += 1;
  else if (outside === 'SENT' || outside === 'ACCEPTED') order.outside = fact;
  else if (outside === 'SETTLED' && fact === 'RETURNED' && !order.isFinal) order.outside = 'RETURNED';
  else if (!STORY[outside]?.includes(fact)) order.differences += 1;
}

export const BANK_RAILS = ['ACH', 'WIRE', 'SEPA'] as const;
type BankRail = (typeof BANK_RAILS)[number];
const PLACES = { ACH, WIRE, SEPA };

/** Where it goes, to somebody whom screening does not know, or knows in one of the histories. */
export function placeOf(rail: BankRail, name: string | null): object {
  return name === null ? PLACES[rail] : { ...PLACES[rail], accountHolderName: name };
}

export const payBank = (minor: bigint, rail: BankRail, isSuspect: boolean): Step => ({
  name: `pay ${minor} by ${rail}${isSuspect ? ' to a suspect' : ''}`,
  async run(run) {
    const purse: Purse = rail === 'SEPA' ? 'EUR' : 'USD';
    const isEnough = availableIn(run, purse) >= minor;
    const [slow, reviewed] = await both(run, (side) => {
      const tenant = { ...side, accountId: side.purses[purse] };
      const destinationBankAccount = placeOf(rail, isSuspect ? suspect(side).name : null);
      return run.world.bank.payOrFail(tenant, decimal(minor), { asset: purse, destinationBankAccount });
    });
    expect(slow.__typename).toBe(isEnough ? 'Transaction' : 'InsufficientFunds');
    if (!isEnough) return;
    const isApprovalOpen = purse === 'USD' && minor >= APPROVED_FROM_MINOR;
    begin(run, {
      ids: [slow.id, reviewed.id],
      rail: rail === 'SEPA' ? 'FILES' : 'BANK',
      ...{ from: purse, fromMinor: minor, out: { asset: purse, amountMinor: minor } },
      ...{ isReversible: rail !== 'WIRE', reviewed: isSuspect, isReviewOpen: isSuspect, isApprovalOpen },
      status: isApprovalOpen ? 'AWAITING_ACTION' : 'PROCESSING',
    });
  },
});

/** As the submitter does, before it calls. */
export async function send(run: Run, order: Movement): Promise<void> {
  const ids = order.ids.map(uuidOf);
  const sql = `update bank.order set state = 'SUBMITTING' where id = any($1) and state = 'QUEUED'`;
  await run.world.fixture.rows(sql, [ids]);
  order.outside = 'SENT';
}

export const sendOne = (index: number): Step => ({
  name: `send ${index}`,
  async run(run) {
    const order = pick(run, ['BANK'], index, (one) => isHanded(one) && one.outside === 'QUEUED');
    if (order !== undefined) await send(run, order);
  },
});

/** All that waits for the bank by files goes out in one. */
export const writeFiles: Step = {
  name: 'write files',
  async run(run) {
    const waiting = run.movements.filter(
      (one) => one.rail === 'FILES' && isHanded(one) && one.outside === 'QUEUED',
    );
    await run.world.writeFiles(waiting.flatMap(({ ids }) => [...ids]));
    for (const one of waiting) one.outside = 'SENT';
  },
};

/** A fact of a bank, as a callback or in a file, for both. */
export async function tell(run: Run, order: Movement, kind: BankFact, isRightAmount = true): Promise<void> {
  const isInFile = order.rail === 'FILES';
  // Of what it never got, a bank has no id.
  if (!isHanded(order) || (isInFile && order.outside === 'QUEUED')) return;
  const say = isInFile ? sayInFile : sayByCallback;
  for (const id of order.ids) {
    run.sent.push(await say(run, order, { id: uuidOf(id), kind, isRightAmount }));
  }
  const isJudged = isInFile && !(kind === 'SETTLED' || kind === 'RETURNED');
  tellModel(order, kind, isRightAmount || isJudged);
}

interface Said {
  readonly id: Uuid;
  readonly kind: BankFact;
  readonly isRightAmount: boolean;
}

/** Answers how the same is said again. */
type Say = (run: Run, order: Movement, said: Said) => Promise<() => Promise<void>>;

const sayByCallback: Say = async ({ world }, { out, fromMinor }, { id, kind, isRightAmount }) => {
  const { asset, amountMinor: right } = out ?? { asset: 'USD', amountMinor: fromMinor };
  const amountMinor = isRightAmount ? right : right + 1n;
  const of = { orderKey: id, kind, amountMinor, asset, reasonCode: 'AC04' };
  const event = { type: 'ORDER' as const, id: newUuid(), ...of, occurredAt: new Date() };
  expect(await world.tellBank(event)).not.toBe('REPEATED');
  return async () => expect(await world.tellBank(event)).toBe('REPEATED');
};

const MESSAGE =
  'select message_id as id from bank.file f join bank.file_order o on o.file_id = f.id where o.order_id = $1';
let reportLast = 0;

/** Settled and returned by a statement, all else by a report. */
const sayInFile: Say = async ({ world }, { fromMinor }, { id, kind, isRightAmount }) => {
  const [message] = await world.fixture.rows<{ id: string }>(MESSAGE, [id]);
  const messageId = message?.id ?? '';
  const key = id.replaceAll('-', '');
  const told = fromMinor + (isRightAmount ? 0n : 1n);
  const line: BookedLine = world.outside.back(kind === 'SETTLED' ? -told : told, key);
  const status = { ACCEPTED: 'ACSP', REJECTED: 'RJCT', CANCELED: 'CANC' }[kind as 'ACCEPTED'];
  const of = { groupId: `${messageId}-SEPA`, endToEndId: key, status, reasonCode: 'AC04' };
  reportLast += 1;
  const text =
    kind === 'SETTLED' || kind === 'RETURNED'
      ? world.outside.statement([kind === 'SETTLED' ? { ...line, returnCode: null } : line])
      : statusReport(`MODEL-${reportLast}`, messageId, [of]);
  await world.tellFiles([text]);
  // The same file, and the same lines in other bytes.
  return () => world.tellFiles([text, `${text}\n`]);
};

export const tellOne = (index: number, kind: BankFact, isRightAmount = true): Step => ({
  name: `tell ${index} ${kind}${isRightAmount ? '' : ' of another amount'}`,
  async run(run) {
    const order = pick(run, ['BANK', 'FILES'], index);
    if (order !== undefined) await tell(run, order, kind, isRightAmount);
  },
});

export const repeat = (index: number): Step => ({
  name: `repeat ${index}`,
  run: async ({ sent }) => sent[index % Math.max(sent.length, 1)]?.(),
});

/** Money comes in, by the account's own reference or by the details of a virtual account. */
export const arrive = (minor: bigint, byDetails: boolean): Step => ({
  name: `arrive ${minor}${byDetails ? ' at a virtual account' : ''}`,
  async run(run) {
    const { world, sides } = run;
    const receipts = sides.map(() => newUuid());
    for (const [at, side] of sides.entries()) {
      const event = {
        ...({ type: 'ARRIVAL', id: newUuid(), rail: 'ACH', amountMinor: minor, asset: 'USD' } as const),
        ...{ receiptId: receipts[at] as Uuid, customer: side.organizationId, occurredAt: new Date() },
        ...{ payerAccount: ACH.accountNumber, payer: { ...ACH, rail: 'ACH' as const } },
        ...{ reference: byDetails ? 'x' : acc(side.purses.USD), paidTo: byDetails ? side.paidTo : null },
      };
      expect(await world.tellBank(event)).toBe('APPLIED');
    }
    await settle(run);
    const ids: string[] = [];
    for (const id of receipts) ids.push(await transactionOf(run, id));
    const came = {
      to: 'USD',
      toMinor: minor,
      status: 'COMPLETED',
      isFinal: true,
      outside: 'SETTLED',
    } as const;
    begin(run, { ids: [ids[0] as string, ids[1] as string], rail: 'ARRIVAL', fromMinor: 0n, ...came });
  },
});

async function transactionOf({ world }: Run, receiptId: Uuid): Promise<string> {
  const sql = 'select transaction_id as id from bank.receipt where provider_id = $1';
  const [row]: Answer[] = await world.fixture.rows(sql, [receiptId]);
  return txn(row.id);
}
