import { arrayOf } from '../../../platform/arrays.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { isSameAsset, NATIVE } from '../keys/calldata.ts';
import type { Spending, UsedToday } from '../keys/signerPolicy.ts';
import type { NetworkAsset, NetworkConfig } from '../network.ts';
import type { Signatory } from './asked.ts';

const CLOCK = statement(
  'chain.read_signing_clock',
  `select extract(epoch from now())::bigint as "atSeconds", to_char(now() at time zone 'utc', 'YYYY-MM-DD') as day`,
);

const READ = statement(
  'chain.read_signed_day',
  `select network, address, asset, amount from chain.signed_day
    where day = $1::date and address = any ($2::text[])`,
);

const ADD = statement(
  'chain.add_to_signed_day',
  `insert into chain.signed_day as held (network, address, day, asset, amount)
   select network, address, $1::date, asset, amount
     from unnest($2::text[], $3::text[], $4::text[], $5::numeric[]) spent (network, address, asset, amount)
   on conflict (network, address, day, asset) do update set amount = held.amount + excluded.amount`,
);

interface Row {
  readonly network: string;
  readonly address: string;
  readonly asset: string;
  readonly amount: bigint;
}

/** What addresses sign away on the day of one tx, which has them locked. */
export class SignedDay {
  readonly atSeconds: bigint;
  readonly #day: string;
  readonly #used = new Map<string, bigint>();
  readonly #added = new Map<string, Row>();

  private constructor(atSeconds: bigint, day: string, rows: readonly Row[]) {
    this.atSeconds = atSeconds;
    this.#day = day;
    for (const row of rows) this.#used.set(keyOf(row), row.amount);
  }

  static async read(tx: Tx, signatories: readonly Signatory[]): Promise<SignedDay> {
    const [clock] = await tx.rows<{ readonly atSeconds: bigint; readonly day: string }>(CLOCK);
    const { atSeconds, day } = present(clock, 'the time');
    const rows = await tx.rows<Row>(READ, [day, arrayOf(signatories, ({ address }) => address)]);
    return new SignedDay(atSeconds, day, rows);
  }

  usedBy({ network: code, address }: Signatory, network: NetworkConfig): UsedToday {
    const amounts = network.assets.map(
      ({ asset, contract }): Spending => ({
        asset: contract ?? NATIVE,
        amountMinor: this.#used.get(keyOf({ network: code, address, asset })) ?? 0n,
      }),
    );
    return { atSeconds: this.atSeconds, amounts };
  }

  add({ network: code, address }: Signatory, network: NetworkConfig, spent: readonly Spending[]): void {
    for (const { asset, amountMinor } of spent) {
      const known = present(findAsset(network, asset), 'a listed asset');
      const one = { network: code, address, asset: known.asset };
      const key = keyOf(one);
      this.#used.set(key, (this.#used.get(key) ?? 0n) + amountMinor);
      this.#added.set(key, { ...one, amount: (this.#added.get(key)?.amount ?? 0n) + amountMinor });
    }
  }

  async store(tx: Tx): Promise<void> {
    const rows = [...this.#added.values()];
    if (rows.length === 0) return;
    await tx.rows(ADD, [
      this.#day,
      arrayOf(rows, ({ network }) => network),
      arrayOf(rows, ({ address }) => address),
      arrayOf(rows, ({ asset }) => asset),
      arrayOf(rows, ({ amount }) => amount),
    ]);
  }
}

function findAsset(network: NetworkConfig, asset: Spending['asset']): NetworkAsset | undefined {
  return network.assets.find(({ contract }) => isSameAsset(contract ?? NATIVE, asset));
}

function keyOf({ network, address, asset }: Omit<Row, 'amount'>): string {
  return `${network} ${address} ${asset}`;
}
