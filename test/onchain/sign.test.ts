import { type Address, parseTransaction, recoverTransactionAddress, recoverTypedDataAddress } from 'viem';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { addressAt } from '../../rails/onchain/keys/hdRoot.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import type { SignStep } from '../../rails/onchain/sign/signRoot.ts';
import { startSigner } from '../../rails/onchain/sign/startSigner.ts';
import { AUTHORIZATION_FIELDS } from '../harness/eip3009.ts';
import { DOMAIN, openSending, type Planned, type Sending, waitUntil } from './sending.ts';

const ANN: Address = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';
const BOB: Address = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc';

let sending: Sending;
let organizationId: Uuid;
let custody: Address;

beforeEach(async () => {
  sending = await openSending();
  organizationId = await sending.addOrganization();
  custody = await sending.addAddress(organizationId, 'CUSTODY');
});

afterEach(async () => {
  await sending.close();
});

const pay = (amountMinor: bigint, to = ANN) =>
  sending.plan({ organizationId, from: custody, to, amountMinor });

interface Row {
  readonly state: string;
  readonly nonce: string | null;
  readonly attempt: string;
  readonly refusal: string | null;
  readonly raw: Buffer | null;
}

async function find({ id }: Planned, number = 1): Promise<Row | undefined> {
  const [row] = await sending.rows<Row>(
    `select t.state, t.nonce, a.state as attempt, a.refusal, a.raw from chain.transaction t
       join chain.attempt a on a.chain_transaction_id = t.id and a.number = $2 where t.id = $1`,
    [id, number],
  );
  return row;
}

const refused = (refusal: string) => ({
  state: 'REFUSED',
  nonce: null,
  attempt: 'REFUSED',
  refusal,
  raw: null,
});

/** Nonces of an address from 0 on, each with its bytes, which say the same nonce and what the send says. */
async function checkLane(from: Address, count: number): Promise<void> {
  const rows = await sending.rows<{ nonce: string; raw: Buffer; to: string; amount: string }>(
    `select t.nonce, a.raw, s.to_address as "to", s.amount from chain.transaction t
       join chain.attempt a on a.chain_transaction_id = t.id and a.purpose = 'FIRST' and a.state = 'SIGNED'
       join chain.send s on s.chain_transaction_id = t.id
      where t.from_address = $1 and t.state = 'SIGNED' order by t.nonce`,
    [from],
  );
  expect(rows.map(({ nonce }) => Number(nonce))).toEqual(Array.from({ length: count }, (_, nonce) => nonce));
  for (const { nonce, raw, to, amount } of rows) {
    const serializedTransaction = `0x02${raw.toString('hex').slice(2)}` as const;
    const read = parseTransaction(serializedTransaction);
    expect(read.nonce ?? 0).toBe(Number(nonce));
    expect(read.data).toContain(to.slice(2) + BigInt(amount).toString(16).padStart(64, '0'));
    expect((await recoverTransactionAddress({ serializedTransaction })).toLowerCase()).toBe(from);
  }
  const [address] = await sending.rows<{ next: string }>(
    'select next_nonce as next from chain.address where address = $1',
    [from],
  );
  expect(Number(address?.next)).toBe(count);
}

test('every organization and the tank get one root, however many signers make it', async () => {
  const signers = [1, 2, 3].map(() => startSigner(sending.signerOptions()));
  await Promise.all(
    Array.from({ length: 6 }, () =>
      sending.rows(`insert into ledger.holder (id, organization_id, kind) values ($1, $1, 'ORGANIZATION')`, [
        newUuid(),
      ]),
    ),
  );
  await waitUntil(async () => (await sending.askedCount()) === 0);
  await Promise.all(signers.map((signer) => signer.stop()));
  const roots = await sending.rows<{ organization: string | null; xpub: string; indexes: number }>(
    `select organization_id as organization, xpub, (select count(*)::int from chain.root_index where root_id = id) as indexes
       from chain.root`,
  );
  expect(roots).toHaveLength(8);
  expect(roots.filter(({ organization }) => organization === null)).toHaveLength(1);
  expect(roots.every(({ indexes }) => indexes === 2)).toBe(true);
  const addresses = roots.map(({ xpub }) => addressAt(xpub, { branch: 'CUSTODY', index: 0 }));
  expect(new Set(addresses).size).toBe(8);
});

test('what is asked for is signed in its order, nonce by nonce, as its sends say', async () => {
  for (let amount = 1n; amount <= 70n; amount++) await pay(amount, amount % 2n === 0n ? ANN : BOB);
  await sending.sign();
  await checkLane(custody, 70);
  const [day] = await sending.rows<{ amount: string }>('select amount from chain.signed_day');
  expect(day?.amount).toBe(String((70 * 71) / 2));
});

const STEPS: readonly SignStep[] = ['OPENED', 'LOCKED', 'SIGNED', 'NONCES_RAISED', 'STORED', 'COMMITTED'];

test('a crash at any step leaves neither a gap nor a nonce without bytes', async () => {
  for (const [index, crashing] of STEPS.entries()) {
    await pay(BigInt(index + 1));
    await pay(100n, BOB);
    let crashes = 0;
    const atStep = async (step: SignStep) => {
      if (step !== crashing || crashes > 0) return;
      crashes++;
      throw new Error(`crashed at ${step}`);
    };
    await sending.sign({ atStep }, async () => crashes === 1 && (await sending.askedCount()) === 0);
    await checkLane(custody, 2 * (index + 1));
  }
  const [day] = await sending.rows<{ amount: string }>('select amount from chain.signed_day');
  expect(day?.amount).toBe('621');
});

test('a connection that is lost in the middle of a batch loses all of it, and nothing twice', async () => {
  await pay(1n);
  await pay(2n);
  let cuts = 0;
  const atStep = async (step: SignStep) => {
    if (step !== 'STORED' || cuts > 1) return;
    cuts++;
    await sending.rows(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'omsx_signer' and state = 'idle in transaction'`,
    );
  };
  await sending.sign({ atStep }, async () => cuts === 2 && (await sending.askedCount()) === 0);
  await checkLane(custody, 2);
});

test('two signers at once give every nonce once', async () => {
  const others: [Uuid, Address][] = [[organizationId, custody]];
  for (let i = 0; i < 2; i++) {
    const id = await sending.addOrganization();
    others.push([id, await sending.addAddress(id, 'CUSTODY')]);
  }
  for (let i = 1n; i <= 25n; i++) {
    for (const [id, from] of others)
      await sending.plan({ organizationId: id, from, to: ANN, amountMinor: i });
  }
  const second = startSigner(sending.signerOptions());
  await sending.sign();
  await second.stop();
  for (const [, from] of others) await checkLane(from, 25);
});

test('what is refused has no nonce, and the next one gets it', async () => {
  const lie = await sending.plan({
    organizationId,
    from: custody,
    to: ANN,
    amountMinor: 5n,
    lies: { to: BOB, amountMinor: 5n },
  });
  const more = await sending.plan({
    organizationId,
    from: custody,
    to: ANN,
    amountMinor: 5n,
    lies: { to: ANN, amountMinor: 6n },
  });
  const large = await pay(1_000_001n);
  const dear = await sending.plan({
    organizationId,
    from: custody,
    to: ANN,
    amountMinor: 1n,
    maxFeePerGasWei: 10n ** 12n,
  });
  const canceled = await sending.plan({
    organizationId,
    from: custody,
    to: ANN,
    amountMinor: 1n,
    isCancelAsked: true,
  });
  await pay(7n);
  await sending.sign();
  expect(await find(lie)).toEqual(refused('NOT_THE_SENDS'));
  expect(await find(more)).toEqual(refused('NOT_THE_SENDS'));
  expect(await find(large)).toEqual(refused('OVER_TRANSACTION_LIMIT'));
  expect(await find(dear)).toEqual(refused('FEE_TOO_HIGH'));
  expect(await find(canceled)).toEqual(refused('CANCEL_ASKED'));
  await checkLane(custody, 1);
});

test('a day has its limit, which a replacement does not use up again', async () => {
  const first = await pay(1_000_000n);
  await pay(999_999n);
  await sending.sign();
  await checkLane(custody, 2);
  for (const [number, purpose] of [
    [2, 'BUMP'],
    [3, 'CANCEL'],
  ] as const) {
    await sending.rows(
      `insert into chain.attempt (chain_transaction_id, number, organization_id, network, purpose, to_address, value, data,
                                  gas_limit, max_fee_per_gas, max_priority_fee_per_gas)
       select chain_transaction_id, $2, organization_id, network, $3::text,
              case when $3::text = 'CANCEL' then $4 else to_address end, value,
              case when $3::text = 'CANCEL' then ''::bytea else data end, 21000, max_fee_per_gas * 2,
              max_priority_fee_per_gas * 2
         from chain.attempt where chain_transaction_id = $1 and number = 1`,
      [first.id, number, purpose, custody],
    );
    await sending.sign();
    const row = await find(first, number);
    expect(row).toMatchObject({ state: 'SIGNED', nonce: '0', attempt: 'SIGNED' });
    expect(parseTransaction(`0x02${row?.raw?.toString('hex').slice(2)}`).nonce ?? 0).toBe(0);
  }
  const [over, fits] = [await pay(2n), await pay(1n)];
  await sending.sign();
  expect(await find(over)).toEqual(refused('OVER_DAILY_LIMIT'));
  expect(await find(fits)).toMatchObject({ state: 'SIGNED', nonce: '2' });
});

test('payments leave, refills go to whoever of ours pays for gas', async () => {
  const other = await sending.addOrganization();
  const [theirs, credited] = [
    await sending.addAddress(other, 'CUSTODY'),
    await sending.addAddress(other, 'DEPOSIT'),
  ];
  const own = await sending.addAddress(organizationId, 'DEPOSIT');
  const tank = await sending.addAddress(null, 'TANK');
  const refill = (to: Address) =>
    sending.plan({ organizationId: null, from: tank, to, amountMinor: 1n, asset: 'ETH', purpose: 'REFILL' });
  const allowed = [await pay(1n, credited), await refill(theirs), await refill(own)];
  const denied = [
    await pay(1n, theirs),
    await pay(1n, own),
    await pay(1n, tank),
    await pay(1n, custody),
    await refill(ANN),
  ];
  await sending.sign();
  for (const one of allowed) expect(await find(one)).toMatchObject({ state: 'SIGNED' });
  for (const one of denied) expect(await find(one)).toEqual(refused('RECIPIENT_NOT_ALLOWED'));
});

test('a sweep is authorized by its deposit address, once its token can be read', async () => {
  const deposit = await sending.addAddress(organizationId, 'DEPOSIT');
  const now = Math.floor(Date.now() / 1000);
  const ask = async (to: Address, validBefore: number) => {
    const sendId = newUuid();
    const nonce = `0x${sendId.replaceAll('-', '').repeat(2)}` as const;
    await sending.rows(
      `insert into chain.send (id, organization_id, network, asset, purpose, from_address, to_address, amount)
       values ($1, $2, 'LOCAL', 'USDC', 'SWEEP', $3, $4, 50)`,
      [sendId, organizationId, deposit, to],
    );
    await sending.rows(
      `insert into chain.authorization (send_id, organization_id, network, contract, authorizer, nonce,
                                        valid_after_seconds, valid_before_seconds)
       values ($1, $2, 'LOCAL', $3, $4, $5, 0, $6)`,
      [sendId, organizationId, localContracts.usdc.toLowerCase(), deposit, nonce, validBefore],
    );
    return { sendId, nonce };
  };
  const good = await ask(custody, now + 3_600);
  const [away, long] = [await ask(ANN, now + 3_600), await ask(custody, now + 7_200)];
  let reads = 0;
  const domainOf = async () => {
    reads++;
    if (reads < 2) throw new Error('no endpoint answers');
    return DOMAIN;
  };
  await sending.sign({ domainOf });
  const found = await sending.rows<{ id: string; state: string; refusal: string | null; signature: Buffer }>(
    'select send_id as id, state, refusal, signature from chain.authorization',
  );
  const of = (id: string) => found.find((row) => row.id === id);
  expect(of(away.sendId)).toMatchObject({ state: 'REFUSED', refusal: 'RECIPIENT_NOT_ALLOWED' });
  expect(of(long.sendId)).toMatchObject({ state: 'REFUSED', refusal: 'WINDOW_NOT_ALLOWED' });
  const window = { value: 50n, validAfter: 0n, validBefore: BigInt(now + 3_600) };
  const signer = await recoverTypedDataAddress({
    domain: DOMAIN,
    types: { TransferWithAuthorization: AUTHORIZATION_FIELDS },
    primaryType: 'TransferWithAuthorization',
    message: { from: deposit, to: custody, ...window, nonce: good.nonce },
    signature: `0x${of(good.sendId)?.signature.toString('hex') ?? ''}`,
  });
  expect(signer.toLowerCase()).toBe(deposit);
});
