import { postJournals } from '../../ledger/post.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { prove } from './prove.ts';
import { type Run, type Side, uuidOf } from './run.ts';

/** A fault that is planted behind the back of everything, and how it is taken away again. */
interface Plant {
  /** Of what the proof says of it. */
  readonly says: RegExp;
  readonly put: (run: Run) => Promise<unknown>;
  readonly undo: (run: Run) => Promise<unknown>;
}

const first = ({ movements }: Run, at: 0 | 1 = 0): Uuid => uuidOf(movements[0]?.ids[at] ?? '');
const last = ({ movements }: Run): Uuid => uuidOf(movements.at(-1)?.ids[0] ?? '');

/** A change of rows, which no trigger sees, with the ids of the first and the last movement as $1. */
async function rows(
  run: Run,
  idOf: (run: Run) => Uuid,
  sql: string,
  ...more: readonly unknown[]
): Promise<void> {
  const { fixture } = run.world;
  await fixture.rows('set session_replication_role = replica');
  await fixture.rows(sql, [idOf(run), ...more]);
  await fixture.rows('reset session_replication_role');
}

const move = (run: Run, from: 'USD' | 'CUSTOMER', to: 'USD' | 'CUSTOMER') =>
  run.world.chain.writes.write(async (tx) => {
    const { organizationId, purses } = run.sides[0];
    const id = newUuid();
    const accounts = { debitAccountId: purses[from], creditAccountId: purses[to] };
    await postJournals(tx, [
      {
        ...{ id, organizationId, transactionId: null },
        transfers: [{ id, kind: 'SINGLE', ...accounts, amount: 500n }],
      },
    ]);
  });

const STEP = `update payments.transaction_event set kind = $2 where transaction_id = $1 and kind = $3`;
const NUMBER = (
  by: string,
): string => `with moved as (update payments.transaction set version = version ${by} where id = $1
    returning version) update payments.transaction_event event set version = event.version ${by} from moved
  where transaction_id = $1 and event.version = (select max(version) from payments.transaction_event where transaction_id = $1)`;
const AMOUNT = 'update payments.transaction set source_amount = source_amount + $2::numeric where id = $1';
const OWNER = 'update payments.transaction set organization_id = $2 where id = $1';

/** The officer's eyes for whoever made the payment, as if nobody had asked for the scope. */
function lend(run: Run, scopes: readonly string[]): void {
  const [slow, { viewer, ...reviewed }] = run.sides;
  (run as { sides: readonly [Side, Side] }).sides = [slow, { ...reviewed, viewer: { ...viewer, scopes } }];
}

export const PLANTS: Readonly<Record<string, Plant>> = {
  // Sound by itself, so that only what is known of the purses tells.
  'money that moves once more': {
    says: /29900/,
    put: (run) => move(run, 'USD', 'CUSTOMER'),
    undo: (run) => move(run, 'CUSTOMER', 'USD'),
  },
  'a version that is skipped': {
    says: /version/i,
    put: (run) => rows(run, first, NUMBER('+ 1')),
    undo: (run) => rows(run, first, NUMBER('- 1')),
  },
  'a step that no status allows': {
    says: /status|step|CAPTURED/i,
    put: (run) => rows(run, first, STEP, 'CAPTURED', 'COMPLETED'),
    undo: (run) => rows(run, first, STEP, 'COMPLETED', 'CAPTURED'),
  },
  'a refund of more than came': {
    says: /refund|went back/i,
    put: (run) => rows(run, last, AMOUNT, '100000'),
    undo: (run) => rows(run, last, AMOUNT, '-100000'),
  },
  'a review that is shown to whoever lacks the scope': {
    says: /UNDER_REVIEW|review/,
    put: async (run) => lend(run, ['*']),
    undo: async (run) => lend(run, run.sides[0].viewer.scopes),
  },
  'a transaction of another organization': {
    says: /undefined/,
    put: (run) => rows(run, first, OWNER, run.bystander.organizationId),
    undo: (run) => rows(run, first, OWNER, run.sides[0].organizationId),
  },
};

/** What the proof says while it is there; null where it sees nothing. */
export async function foundOf(run: Run, { put, undo }: Plant): Promise<string | null> {
  await put(run);
  try {
    await prove(run);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await undo(run);
  }
}
