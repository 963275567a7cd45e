import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { prefixOf } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { furnishGates, type Gated } from './gates.ts';
import { connectChain, furnishChain, type OnchainInventory, richChain } from './onchain.ts';
import { selectAll } from './select.ts';
import { createWorld, furnish, nobody, type World } from './world.ts';

/**
 * Goal: whatever takes an id tells one organization nothing about another's objects, not even that they exist.
 * Method: every argument and input field of type ID in the API schema is given the victim's id of each kind and, in a
 * second request, an id that names nothing. The two answers must be the same but for the id itself, and no mutation
 * may succeed. New fields are covered as soon as they are in the schema.
 */
jest.setTimeout(60_000);

let world: World;
let spy: Viewer;
let own: OnchainInventory;
let victim: OnchainInventory & Gated;
let victimViewer: Viewer;

beforeAll(async () => {
  world = await createWorld({ cached: true, chains: new Map([['POLYGON', richChain]]) });
  spy = (await world.addOrganization('Spy')).viewer;
  victimViewer = (await world.addOrganization('Victim')).viewer;
  await connectChain(world);
  own = await furnishChain(world, spy, await furnish(world, spy));
  const furnished = await furnishChain(world, victimViewer, await furnish(world, victimViewer));
  victim = { ...furnished, ...(await furnishGates(world, victimViewer, furnished)) };
});

afterAll(async () => {
  await world.close();
});

const PREFIXES = [
  ...([
    'org',
    'key',
    'cus',
    'acc',
    'wal',
    'txn',
    'quo',
    'chx',
    'xac',
    'vac',
    'dep',
    'csh',
    'apr',
    'rev',
  ] as const),
] as const;
const ID = 'ID';
let serial = 0;

interface Probe {
  readonly name: string;
  readonly document: string;
  /** Variables with `id` at the place under test. */
  readonly variables: (id: string) => Readonly<Record<string, unknown>>;
}

/** Every place below the arguments of `field` where an ID may stand. */
function idPaths(type: GraphQLInputType, path: readonly string[]): readonly (readonly string[])[] {
  const named = getNamedType(type);
  if (named.name === ID) return [path];
  if (!isInputObjectType(named)) return [];
  return Object.values(named.getFields()).flatMap((field) => idPaths(field.type, [...path, field.name]));
}

/** A value that is valid for `type`, with `id` at `target`; optional parts are left out unless on the way there. */
function valueFor(
  type: GraphQLInputType,
  path: readonly string[],
  target: readonly string[],
  id: string,
): unknown {
  const bare = getNullableType(type);
  if (isListType(bare)) return [valueFor(bare.ofType, path, target, id)];
  const named = getNamedType(type);
  if (isInputObjectType(named)) {
    const wanted = Object.values(named.getFields()).filter(
      (field) => isNonNullType(field.type) || isOnTheWay([...path, field.name], target),
    );
    return Object.fromEntries(
      wanted.map((field) => [field.name, valueFor(field.type, [...path, field.name], target, id)]),
    );
  }
  if (named.name === ID) return isOnTheWay(path, target) ? id : own.treasuryId;
  if (isEnumType(named)) return named.getValues()[0]?.name;
  const name = path.at(-1);
  if (name === 'idempotencyKey') return `probe-${++serial}`;
  if (name === 'asset' || name?.endsWith('Asset')) return 'USD';
  if (name === 'network') return 'LEDGER';
  if (name === 'destinationAddress') return `0x${'12'.repeat(20)}`;
  if (name === 'scopes') return 'accounts:read';
  return named.name === 'Int' ? 3 : '1.00';
}

function isOnTheWay(path: readonly string[], target: readonly string[]): boolean {
  return path.every((step, index) => target[index] === step);
}

function probesOf(kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>): readonly Probe[] {
  const targets = field.args.flatMap((arg) => idPaths(arg.type, [arg.name]));
  return targets.map((target) => {
    const args = field.args.filter(
      (arg) => isNonNullType(arg.type) || arg.name === target[0] || arg.name === 'first',
    );
    const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
    const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
    return {
      name: `${field.name} ${target.join('.')}`,
      document: `${kind} (${declared}) { result: ${field.name}(${passed})${selectAll(world.apiSchema, field.type)} }`,
      variables: (id) =>
        Object.fromEntries(args.map((arg) => [arg.name, valueFor(arg.type, [arg.name], target, id)])),
    };
  });
}

function allProbes(kind: 'query' | 'mutation'): readonly Probe[] {
  const root = kind === 'query' ? world.apiSchema.getQueryType() : world.apiSchema.getMutationType();
  return Object.values(root?.getFields() ?? {}).flatMap((field) => probesOf(kind, field));
}

/** The answer with the id under test, and what a run makes anew, blotted out. */
async function answerTo(probe: Probe, id: string): Promise<string> {
  const answer = JSON.stringify(await world.run(spy, probe.document, probe.variables(id)));
  return answer.replaceAll(id, '<id>');
}

async function expectSilence(probes: readonly Probe[]): Promise<void> {
  const victims = [...PREFIXES.map((prefix) => victim[prefix]), victim.heldId, victim.treasuryId].concat(
    victim.sentId,
    victim.onchainWalletId,
  );
  for (const probe of probes) {
    // What names nothing is answered alike each time, so that once for each kind of id is enough.
    const ofNobody = new Map<string, string>();
    for (const id of victims) {
      const prefix = prefixOf(id) as (typeof PREFIXES)[number];
      const told = await answerTo(probe, id);
      const expected = ofNobody.get(prefix) ?? (await answerTo(probe, nobody(prefix)));
      ofNobody.set(prefix, expected);
      expect({ probe: probe.name, prefix, told }).toEqual({ probe: probe.name, prefix, told: expected });
    }
  }
}

test('every query that takes an id answers for a foreign one as for one that names nothing', async () => {
  const probes = allProbes('query');
  expect(probes.map((probe) => probe.name)).toEqual(
    expect.arrayContaining([
      'node id',
      'nodes ids',
      'customer id',
      'account id',
      'wallet id',
      'externalAccount id',
      'virtualAccount id',
      'depositAddress id',
      'depositAddresses filter.walletId',
      'transaction id',
      'chainTransaction id',
      'estimateSend input.walletId',
      'transactions filter.customerId',
      'quote id',
      'quotes filter.customerId',
    ]),
  );
  await expectSilence(probes);
});

test('every mutation that takes an id answers for a foreign one as for one that names nothing', async () => {
  const probes = allProbes('mutation');
  expect(probes.map((probe) => probe.name)).toEqual(
    expect.arrayContaining([
      'createTransaction input.sourceId',
      'createTransaction input.destinationId',
      'captureTransaction input.id',
      'cancelTransaction input.id',
      'refundTransaction input.id',
      'createQuote input.sourceId',
      'createQuote input.destinationId',
      'createQuote input.developerFees.recipientId',
      'acceptQuote input.quoteId',
      'createWallet input.customerId',
      'fundSandbox input.destinationId',
      'revokeApiKey input.id',
      'updateCustomer input.id',
      'createAccount input.customerId',
      'closeAccount input.id',
      'createExternalAccount input.customerId',
      'createVirtualAccount input.destinationId',
      'pauseVirtualAccount input.id',
      'createDepositAddress input.walletId',
      'pauseDepositAddress input.id',
      'assignDeposit input.chainTransactionId',
      'assignReceipt input.accountId',
      'simulateBankDeposit input.virtualAccountId',
      'verifyExternalAccount input.id',
      'closeExternalAccount input.id',
    ]),
  );
  await expectSilence(probes);
});

test('the probes do find what is there: the owner gets other answers', async () => {
  const byId = allProbes('query').filter((probe) =>
    /^(node|customer|account|wallet|transaction|quote|chainTransaction|approval|review) id$/.test(probe.name),
  );
  for (const probe of byId) {
    const prefix =
      probe.name === 'node id'
        ? 'cus'
        : (probe.name
            .slice(0, 3)
            .replace('tra', 'txn')
            .replace('cha', 'chx')
            .replace('app', 'apr') as (typeof PREFIXES)[number]);
    const { data, errors } = await world.run(victimViewer, probe.document, probe.variables(victim[prefix]));
    expect({ probe: probe.name, errors }).toEqual({ probe: probe.name, errors: undefined });
    expect(data?.result).not.toBeNull();
  }
});

test('node answers null and no error for what is not there, of any subgraph', async () => {
  const text =
    'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Customer { displayName } ... on Wallet { status } ... on Transaction { version } ... on ChainTransaction { state } } }';
  const ids = [
    own.wal,
    victim.wal,
    nobody('txn'),
    own.txn,
    nobody('cus'),
    own.chx,
    victim.chx,
    nobody('chx'),
  ];
  expect(await world.run(spy, text, { ids })).toEqual({
    data: {
      nodes: [
        { id: own.wal, status: 'ACTIVE' },
        null,
        null,
        { id: own.txn, version: 3 },
        null,
        { id: own.chx, state: 'SEEN' },
        null,
        null,
      ],
    },
  });
});

test('_entities of every subgraph answers null for foreign and for missing objects alike', async () => {
  const types = {
    Organization: 'org',
    ApiKey: 'key',
    Customer: 'cus',
    Account: 'acc',
    Wallet: 'wal',
    Transaction: 'txn',
    ChainTransaction: 'chx',
    ExternalAccount: 'xac',
    VirtualAccount: 'vac',
    DepositAddress: 'dep',
    Approval: 'apr',
    Review: 'rev',
  } as const;
  for (const subgraph of world.subgraphs) {
    for (const [name, prefix] of Object.entries(types)) {
      const type = subgraph.schema.getType(name);
      if (!type || !('getFields' in type)) continue;
      const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on ${name}${selectAll(subgraph.schema, type as never)} } }`;
      const ask = async (id: string): Promise<string> => {
        const result = await subgraph.execute({
          query,
          variables: { representations: [{ __typename: name, id }] },
          viewer: spy,
          requestId: 'probe',
        });
        return JSON.stringify(result).replaceAll(id, '<id>');
      };
      expect({ subgraph: subgraph.name, name, told: await ask(victim[prefix]) }).toEqual({
        subgraph: subgraph.name,
        name,
        told: await ask(nobody(prefix)),
      });
    }
  }
});

test('lists and joins of one organization hold nothing of the other, however deep', async () => {
  const root = world.apiSchema.getQueryType();
  for (const field of Object.values(root?.getFields() ?? {})) {
    if (field.args.some((arg) => isNonNullType(arg.type))) continue;
    const paged = field.args.some((arg) => arg.name === 'first') ? '(first: 100)' : '';
    const text = `{ result: ${field.name}${paged}${selectAll(world.apiSchema, field.type)} }`;
    const answer = JSON.stringify(await world.run(spy, text));
    for (const id of Object.values(victim))
      expect({ field: field.name, leaks: answer.includes(id) }).toEqual({ field: field.name, leaks: false });
  }
});
