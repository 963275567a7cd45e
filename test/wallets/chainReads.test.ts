import { getAddress } from 'viem';
import { formatId, type Uuid } from '../../platform/id.ts';
import { newHash, SIGNED_MARK } from '../harness/chainRows.ts';
import { type ChainFixture, MULTISEND, openChainFixture, USDC } from './chainFixture.ts';
import { ask, countStatements, createWallet, run } from './fixture.ts';

let fixture: ChainFixture;
beforeAll(async () => {
  fixture = await openChainFixture();
});
afterAll(() => fixture.close());

const query = (text: string, variables = {}) => ask(fixture.wallets, fixture.ours.viewer, text, variables);
const chx = (id: Uuid | undefined): string => formatId('chx', id as Uuid);

describe('a network', () => {
  const TEXT = `{ networks {
    code isConnected chainId explorerUrl nativeAsset { code } multisend assets { code }
    contracts { asset { code } contract decimals depositMinimum { amount } }
    confirmations { belowMinor confirmations }
    health { status reason headNumber safeNumber finalizedNumber finalizedAt followedNumber blocksBehind viewedAt
      endpoints { name status latencyMs blocksBehind } }
  } }`;

  test('that is connected tells its chain, its contracts and how it is', async () => {
    const { networks } = await query(TEXT);
    expect(networks.find(({ code }: { code: string }) => code === 'POLYGON')).toEqual({
      code: 'POLYGON',
      isConnected: true,
      chainId: '137',
      explorerUrl: 'https://explorer.example',
      nativeAsset: { code: 'POL' },
      multisend: getAddress(MULTISEND),
      assets: [{ code: 'POL' }, { code: 'USDC' }, { code: 'USDT' }],
      contracts: [
        {
          asset: { code: 'POL' },
          contract: null,
          decimals: 18,
          depositMinimum: { amount: '0.000000000000001000' },
        },
        {
          asset: { code: 'USDC' },
          contract: getAddress(USDC),
          decimals: 6,
          depositMinimum: { amount: '0.001000' },
        },
      ],
      confirmations: [
        { belowMinor: '100000000', confirmations: 3 },
        { belowMinor: null, confirmations: 12 },
      ],
      health: {
        status: 'HEALTHY',
        reason: null,
        headNumber: '120',
        safeNumber: '110',
        finalizedNumber: '100',
        finalizedAt: expect.any(String),
        followedNumber: '119',
        blocksBehind: '1',
        viewedAt: expect.any(String),
        endpoints: [{ name: 'rpc.example', status: 'HEALTHY', latencyMs: 12, blocksBehind: 0 }],
      },
    });
  });

  test('that is not connected says so and no more', async () => {
    const { networks } = await query(TEXT);
    expect(networks.find(({ code }: { code: string }) => code === 'BASE')).toMatchObject({
      isConnected: false,
      chainId: null,
      explorerUrl: null,
      nativeAsset: null,
      multisend: null,
      contracts: [],
      confirmations: [],
      health: null,
    });
  });

  test('is as it is now, in each request anew, and all of them are one statement', async () => {
    const health = async () =>
      (await query('{ networks { code health { status reason } } }')).networks.find(
        ({ code }: { code: string }) => code === 'POLYGON',
      ).health;
    expect(await countStatements(() => query(TEXT))).toBe(1);
    await fixture.rows(
      `update chain.network set status = 'STALLED', reason = 'no block was finalized for 90 s'`,
    );
    expect(await health()).toEqual({ status: 'STALLED', reason: 'no block was finalized for 90 s' });
    await fixture.rows(`update chain.network set status = 'HEALTHY', reason = null`);
    expect(await health()).toEqual({ status: 'HEALTHY', reason: null });
  });

  test('keeps from a browser whom we ask', async () => {
    const { networks } = await ask(fixture.wallets, fixture.client, TEXT);
    expect(JSON.stringify(networks)).not.toContain('rpc.example');
  });
});

const FIELDS = `id network { code } direction kind hash fromAddress toAddress amount { amount asset { code } } nonce
  state isFinal outcome blockNumber includedAt confirmations confirmationsWanted fee { amount asset { code } } explorerUrl
  attempts { number purpose state hash maxFeePerGasWei maxPriorityFeePerGasWei createdAt broadcastAt explorerUrl isIncluded }
  createdAt`;

const find = async (id: Uuid | undefined) =>
  (await query(`query ($id: ID!) { chainTransaction(id: $id) { ${FIELDS} } }`, { id: chx(id) }))
    .chainTransaction;

test('a deposit that is final has a block, confirmations, and no attempts of ours', async () => {
  const found = await find(fixture.our.deposits[0]);
  expect(found).toMatchObject({
    id: chx(fixture.our.deposits[0]),
    network: { code: 'POLYGON' },
    direction: 'IN',
    kind: 'DEPOSIT',
    amount: { amount: '2.000000', asset: { code: 'USDC' } },
    nonce: null,
    state: 'FINAL',
    isFinal: true,
    outcome: 'SUCCEEDED',
    blockNumber: '90',
    confirmations: 31,
    confirmationsWanted: 3,
    fee: null,
    explorerUrl: `https://explorer.example/tx/${found.hash}`,
    attempts: [],
  });
  expect(found.toAddress).toBe(getAddress(found.toAddress));
});

test('a deposit that a re-org took is in no block', async () => {
  expect(await find(fixture.our.deposits[1])).toMatchObject({
    state: 'ORPHANED',
    isFinal: false,
    outcome: null,
    blockNumber: null,
    includedAt: null,
    confirmations: null,
    confirmationsWanted: 12,
  });
});

test('what was sent tells its attempts, which of them is included, and what was paid', async () => {
  const found = await find(fixture.our.sent);
  expect(found).toMatchObject({
    direction: 'OUT',
    kind: 'TRANSFER',
    amount: { amount: '1.000000', asset: { code: 'USDC' } },
    state: 'INCLUDED',
    isFinal: false,
    outcome: 'SUCCEEDED',
    blockNumber: '118',
    includedAt: '2026-11-23T10:00:04.000Z',
    confirmations: 3,
    confirmationsWanted: 3,
    fee: { amount: '0.001500000000000000', asset: { code: 'POL' } },
    attempts: [
      {
        number: 1,
        purpose: 'FIRST',
        state: 'SIGNED',
        hash: found.hash,
        maxFeePerGasWei: '40000000000',
        maxPriorityFeePerGasWei: '30000000000',
        broadcastAt: null,
        isIncluded: true,
      },
    ],
  });
  expect(found.nonce).toMatch(/^\d+$/);
});

test('one that carries several names none of them', async () => {
  const found = await find(fixture.our.multisend);
  expect(found).toMatchObject({ kind: 'MULTISEND', toAddress: null, amount: null, state: 'BROADCAST' });
  expect(found.hash).toBe(found.attempts[0].hash);
  expect(found.attempts[0].isIncluded).toBe(false);
});

test('what is signed is in no answer, not even where its neighbours are asked for', async () => {
  const text = `{ chainTransactions(first: 100) { edges { node { ${FIELDS} } } } }`;
  const answer = JSON.stringify(await query(text));
  expect(answer).toContain('attempts');
  expect(answer).not.toContain(SIGNED_MARK);
  expect(answer).not.toContain(Buffer.from(SIGNED_MARK).toString('hex'));
  for (const column of ['raw', 'data', 'to_address'])
    await expect(readAs('omsx_wallets', `select ${column} from chain.attempt`)).rejects.toThrow(
      /permission denied/,
    );
});

async function readAs(role: string, sql: string): Promise<unknown> {
  await fixture.rows(`set role ${role}`);
  try {
    return await fixture.rows(sql);
  } finally {
    await fixture.rows('reset role');
  }
}

describe('the list', () => {
  const LIST = `query ($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: ChainTransactionFilter) {
    chainTransactions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
  async function list(variables: object) {
    const { edges, pageInfo } = (await query(LIST, variables)).chainTransactions;
    return { ids: edges.map((edge: { node: { id: string } }) => edge.node.id), pageInfo };
  }
  const newestFirst = () => {
    const { deposits, sent, multisend, otherSent, sweep } = fixture.our;
    return [...deposits, sent, multisend, otherSent, sweep].map(chx).toReversed();
  };

  test('has what arrived and what was sent, newest first, whichever way it is walked', async () => {
    const all = newestFirst();
    const seen: string[] = [];
    for (let after: unknown = null, pages = 0; pages < 3; pages++) {
      const { ids, pageInfo } = await list({ first: 3, after });
      seen.push(...ids);
      after = pageInfo.endCursor;
      expect(pageInfo.hasNextPage).toBe(pages < 2);
    }
    expect(seen).toEqual(all);
    const oldest = await list({ last: 5 });
    expect(oldest.ids).toEqual(all.slice(-5));
    expect((await list({ last: 5, before: oldest.pageInfo.startCursor })).ids).toEqual(all.slice(0, 3));
  });

  test('is cut by network, direction, state and hash, all at once', async () => {
    const { deposits, sent, multisend, otherSent, sweep } = fixture.our;
    const of = async (filter: object) => (await list({ first: 50, filter })).ids;
    expect(await of({ direction: 'OUT' })).toEqual([sweep, otherSent, multisend, sent].map(chx));
    expect(await of({ state: 'ORPHANED' })).toEqual([chx(deposits[1])]);
    expect(await of({ state: 'FINAL' })).toEqual([chx(deposits[0])]);
    expect(await of({ state: 'INCLUDED', direction: 'IN' })).toEqual([]);
    expect(await of({ state: 'BROADCAST', network: 'POLYGON' })).toEqual(
      [sweep, otherSent, multisend].map(chx),
    );
    expect(await of({ network: 'BASE' })).toEqual([]);
    expect(await of({ network: 'MARS' })).toEqual([]);
    for (const id of [multisend, deposits[0]]) {
      const { hash } = await find(id);
      expect(await of({ hash: hash.toUpperCase().replace('0X', '0x') })).toEqual([chx(id)]);
    }
    expect(await of({ hash: newHash() })).toEqual([]);
    expect(await of({ hash: "'; drop" })).toEqual([]);
  });
});

test('reconciliations and differences are told with their amounts, the closed ones when asked for', async () => {
  const TEXT = `query ($all: Boolean) {
    reconciliations { network { code } asset { code } expected { amount } actual { amount } isEqual blockNumber checkedAt }
    chainDifferences(first: 5, openOnly: $all) { edges { node {
      id network { code } kind asset { code } address expected { amount } actual { amount } detail blockNumber closedAt } } }
  }`;
  const { reconciliations, chainDifferences } = await query(TEXT);
  expect(reconciliations).toEqual([
    {
      network: { code: 'POLYGON' },
      asset: { code: 'USDC' },
      expected: { amount: '7.000000' },
      actual: { amount: '6.999999' },
      isEqual: false,
      blockNumber: '100',
      checkedAt: '2026-11-23T10:00:00.000Z',
    },
  ]);
  expect(chainDifferences.edges).toMatchObject([
    { node: { kind: 'BALANCE', asset: { code: 'USDC' }, actual: { amount: '6.999999' }, closedAt: null } },
  ]);
  expect((await query(TEXT, { all: false })).chainDifferences.edges).toHaveLength(2);
});

test('a page of 100 wallets with addresses, deposits and attempts takes as many statements as one of one', async () => {
  const text = `query ($first: Int) { wallets(first: $first) { edges { node {
    address network { isConnected health { status } }
    chainTransactions(first: 3) { edges { node { ${FIELDS} } } } } } }
    chainTransactions(first: $first) { edges { node { ${FIELDS} } } } }`;
  const bare = 'query ($first: Int) { wallets(first: $first) { edges { node { name network { code } } } } }';
  const one = await countStatements(() => query(text, { first: 1 }));
  await Promise.all(
    Array.from({ length: 97 }, () =>
      createWallet(fixture.wallets, fixture.ours.viewer, { network: 'POLYGON', asset: 'USDC' }),
    ),
  );
  const { wallets } = await query(text, { first: 100 });
  expect(wallets.edges).toHaveLength(100);
  // Both lists; addresses; deposits of the page; the networks; attempts.
  expect(one).toBe(6);
  expect(await countStatements(() => query(text, { first: 100 }))).toBe(one);
  expect(await countStatements(() => query(bare, { first: 100 }))).toBe(1);
});

test.each([{}, { first: 0 }, { first: 101 }, { first: 1, last: 1 }])(
  'the page %j of either list is refused',
  async (variables) => {
    for (const field of ['chainTransactions', 'chainDifferences']) {
      const text = `query ($first: Int, $last: Int) { ${field}(first: $first, last: $last) { edges { cursor } } }`;
      const result = await run(fixture.wallets, fixture.ours.viewer, text, variables);
      expect(result.errors?.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
    }
  },
);
