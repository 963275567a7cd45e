import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseId, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { createListFileScreening } from '../../rails/screening/listScreening.ts';
import type { ScreeningProvider, ScreeningSubject } from '../../rails/screening/provider.ts';
import { createSandboxKyc } from '../../subgraphs/accounts/adapters/sandboxKyc.ts';
import { queryOnce } from '../harness/embedded.ts';
import { change, DETAILS, endorsementOf, eventually, read, setPolicy, settled } from './endorsing.ts';
import { eventsOf, execute, type Json, mutate, openWorld, run, viewerOf, type World } from './world.ts';

let world: World;
let folder: string;
let list: string;
let ours: Viewer;
/** May not know whom anybody resembles. */
let plain: Viewer;
/** What whoever is asked waits for. */
let beforeSaying: (subject: ScreeningSubject) => Promise<unknown> = () => Promise.resolve();

const ZOLTAN = { id: 'e-1', list: 'TEST', names: ['Zoltan Quillfeather'] };
const BLACKMERE = { id: 'e-2', list: 'TEST', names: ['Blackmere Shipping Limited'] };

async function putList(...entries: readonly object[]): Promise<void> {
  await writeFile(`${list}.new`, entries.map((entry) => JSON.stringify(entry)).join('\n'));
  await rename(`${list}.new`, list);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-customers-'));
  list = join(folder, 'list');
  await putList(ZOLTAN, BLACKMERE);
  const listed = createListFileScreening(list);
  const screening: ScreeningProvider = {
    async screen(subject) {
      await beforeSaying(subject);
      return await listed.screen(subject);
    },
  };
  world = await openWorld({ screening, kyc: createSandboxKyc(), rescreenPauseMs: 50 });
  ours = world.ours.viewer;
  plain = viewerOf(world.ours.organizationId, 'customers:read', 'customers:write', 'customers:pii:read');
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

async function onboard(firstName: string, lastName: string, viewer = plain): Promise<Json> {
  return await mutate(world.accounts, viewer, 'createCustomer', { type: 'INDIVIDUAL', firstName, lastName });
}

function update(id: string, input: object): Promise<Json> {
  return mutate(world.accounts, plain, 'updateCustomer', { id, ...input });
}

async function screeningOf(id: string, viewer = ours): Promise<Json> {
  const { customer } = await run(
    world.accounts,
    viewer,
    `query ($id: ID!) { customer(id: $id) { screening { status listVersion matches { list entry scorePercent }
       screenedAt decidedBy note decidedAt } } }`,
    { id },
  );
  return customer.screening;
}

const DECIDE = `mutation ($input: DecideCustomerScreeningInput!) { result: decideCustomerScreening(input: $input) {
  __typename ... on Failure { code } ... on InvalidInput { field } ... on CustomerScreeningNotPossible { status }
  ... on Customer { id updatedAt screening { status } } } }`;

async function decide(customerId: string, decision: string, more: object = {}, viewer = ours): Promise<Json> {
  const input = {
    idempotencyKey: `${decision} ${Math.random()}`,
    customerId,
    decision,
    note: 'seen',
    ...more,
  };
  return (await run(world.accounts, viewer, DECIDE, { input })).result;
}

async function becomes(id: string, status: string): Promise<void> {
  await eventually(async () => (await screeningOf(id)).status === status);
}

/** An account of the customer and what it may not be used for by now. */
async function openAccount(customerId: string): Promise<() => Promise<readonly string[]>> {
  const { id } = await mutate(world.accounts, ours, 'createAccount', { customerId, asset: 'USD' });
  return async () => {
    const sql = `select restrictions from ledger.account where id = '${parseId('acc', id)}'`;
    const [row] = (await queryOnce(world.url, sql)) as readonly {
      readonly restrictions: readonly string[];
    }[];
    return row?.restrictions ?? [];
  };
}

const EVERY = ['DEBIT', 'CREDIT', 'ONCHAIN', 'BANK'];

test('whoever resembles an entry is held without anybody else seeing it, and goes on when released', async () => {
  const listed = await onboard('Soltán', 'Quilfeather');
  const clear = await onboard('Ada', 'Pending');
  const restrictions = await openAccount(listed.id);
  await setPolicy(world.accounts, ours, 'ENFORCED');
  for (const customerId of [listed.id, clear.id]) {
    await change(world.accounts, plain, 'updateCustomerDetails', { customerId, ...DETAILS });
    await change(world.accounts, plain, 'requestEndorsement', { customerId, name: 'BASIC' });
  }
  await settled(world.accounts, ours, listed.id, 'BASIC', 'UNDER_REVIEW');
  // As one whose provider is slow.
  const shape = async (id: string): Promise<Json> => {
    const { requestedAt, updatedAt, ...rest } = endorsementOf(await read(world.accounts, plain, id), 'BASIC');
    return { ...rest, isUntouched: requestedAt === updatedAt };
  };
  expect(await shape(listed.id)).toEqual(await shape(clear.id));
  // It is checked anew when it changes, as one that is ACTIVE would be.
  const moved = await change(world.accounts, ours, 'updateCustomerDetails', {
    customerId: listed.id,
    nationality: 'FR',
  });
  expect(endorsementOf(moved, 'BASIC').status).toBe('PENDING');
  await settled(world.accounts, ours, listed.id, 'BASIC', 'UNDER_REVIEW');
  expect(await screeningOf(listed.id, plain)).toBeNull();
  expect(await screeningOf(listed.id)).toMatchObject({
    status: 'OPEN',
    listVersion: expect.stringMatching(/^[0-9a-f]{16}$/),
    matches: [{ list: 'TEST', entry: 'e-1', scorePercent: expect.any(Number) }],
    decidedBy: null,
  });
  expect(await screeningOf(clear.id)).toMatchObject({ status: 'CLEAR', matches: [] });
  expect(await restrictions()).toEqual(EVERY);
  expect(await decide(listed.id, 'RELEASE')).toMatchObject({ screening: { status: 'RELEASED' } });
  expect(endorsementOf(await read(world.accounts, plain, listed.id), 'BASIC').status).toBe('ACTIVE');
  expect(await restrictions()).toEqual(['ONCHAIN', 'BANK']);
  expect(await screeningOf(listed.id)).toMatchObject({ decidedBy: 'key_test', note: 'seen' });
  await setPolicy(world.accounts, ours, 'OFF');
  const kept = await queryOnce(
    world.url,
    'select screening::text from accounts.customer_screening screening',
  );
  expect(JSON.stringify(kept)).not.toMatch(/zolt|solt|quil/i);
});

test('what was attested or approved waits as well, and looks to others like a check', async () => {
  const { id } = await onboard('Zoltan', 'Quillfeather');
  await change(world.accounts, ours, 'attestEndorsement', { customerId: id, name: 'BASIC' });
  await change(world.accounts, ours, 'decideEndorsement', {
    customerId: id,
    name: 'USD',
    decision: 'APPROVE',
  });
  const [seen, known] = [await read(world.accounts, plain, id), await read(world.accounts, ours, id)];
  for (const [name, basis] of [
    ['BASIC', 'ATTESTATION'],
    ['USD', 'DECISION'],
  ] as const) {
    expect(endorsementOf(seen, name)).toMatchObject({ status: 'PENDING', basis: 'PROVIDER', reasons: [] });
    expect(endorsementOf(known, name)).toMatchObject({ status: 'UNDER_REVIEW', basis });
  }
  await decide(id, 'RELEASE');
  const released = await read(world.accounts, plain, id);
  expect(endorsementOf(released, 'BASIC')).toMatchObject({ status: 'ACTIVE', basis: 'ATTESTATION' });
  expect(endorsementOf(released, 'USD')).toMatchObject({ status: 'ACTIVE', basis: 'DECISION' });
  // Of the customer itself nothing is told, nor does it change.
  const typesOf = await eventsOf(world, parseId('cus', id) as Uuid);
  expect(typesOf.map(({ type, version }) => [type, version])).toEqual([['CustomerCreated', 1]]);
  const times = await run(
    world.accounts,
    plain,
    'query ($id: ID!) { customer(id: $id) { createdAt updatedAt } }',
    { id },
  );
  expect(times.customer.updatedAt).toBe(times.customer.createdAt);
});

test('who is refused is restricted in all ways under any policy and any name, until somebody releases', async () => {
  const { id } = await onboard('Zoltan', 'Quillfeather');
  await change(world.accounts, ours, 'attestEndorsement', { customerId: id, name: 'BASIC' });
  const restrictions = await openAccount(id);
  expect(await restrictions()).toEqual([]);
  await decide(id, 'REFUSE');
  expect(await restrictions()).toEqual(EVERY);
  const refused = endorsementOf(await read(world.accounts, plain, id), 'BASIC');
  expect(refused).toMatchObject({ status: 'REJECTED', reasons: [{ code: 'DECLINED', internal: null }] });
  expect(await (await openAccount(id))()).toEqual(EVERY);
  await setPolicy(world.accounts, ours, 'ENFORCED');
  await setPolicy(world.accounts, ours, 'OFF');
  expect(await restrictions()).toEqual(EVERY);
  await update(id, { firstName: 'Ada', lastName: 'Lovelace' });
  expect(await screeningOf(id)).toMatchObject({ status: 'REFUSED', matches: [] });
  const approve = { customerId: id, name: 'BASIC', decision: 'APPROVE' };
  const approved = await change(world.accounts, ours, 'decideEndorsement', approve);
  expect(endorsementOf(approved, 'BASIC').status).toBe('REJECTED');
  expect(await restrictions()).toEqual(EVERY);
  await decide(id, 'RELEASE');
  expect(await restrictions()).toEqual([]);
  await change(world.accounts, ours, 'decideEndorsement', approve);
  await decide(id, 'REFUSE');
  expect(endorsementOf(await read(world.accounts, plain, id), 'BASIC').status).toBe('REVOKED');
});

test('a release stands for the same names only, and whoever owns a business is looked at too', async () => {
  const { id } = await onboard('Ada', 'Quillfeather');
  expect(await screeningOf(id)).toMatchObject({ status: 'CLEAR' });
  await change(world.accounts, ours, 'attestEndorsement', { customerId: id, name: 'BASIC' });
  await update(id, { firstName: 'Zoltan' });
  // What is ACTIVE stays so: to restrict it now would tell.
  expect(await screeningOf(id)).toMatchObject({ status: 'OPEN', matches: [{ entry: 'e-1' }] });
  expect(endorsementOf(await read(world.accounts, plain, id), 'BASIC').status).toBe('ACTIVE');
  await decide(id, 'RELEASE');
  await update(id, { email: 'z@example.com' });
  await update(id, { firstName: 'Zoltan' });
  beforeSaying = () => Promise.reject(new Error('not now'));
  await update(id, { firstName: 'Zoltan' });
  beforeSaying = () => Promise.resolve();
  expect(await screeningOf(id)).toMatchObject({
    ...{ status: 'RELEASED', note: 'seen', matches: [{ entry: 'e-1' }] },
  });
  await update(id, { firstName: 'Zoltán' });
  expect(await screeningOf(id)).toMatchObject({ status: 'OPEN', note: null });
  await update(id, { firstName: 'Ada' });
  expect(await screeningOf(id)).toMatchObject({ status: 'CLEAR' });
  const business = await mutate(world.accounts, plain, 'createCustomer', {
    type: 'BUSINESS',
    legalName: 'Blackmere Shipping Ltd',
  });
  expect(await screeningOf(business.id)).toMatchObject({ status: 'OPEN', matches: [{ entry: 'e-2' }] });
  await update(business.id, { legalName: 'Analytical Engines Ltd' });
  expect(await screeningOf(business.id)).toMatchObject({ status: 'CLEAR' });
  const owner = { birthDate: '1975-12-10', nationality: 'GB', ownershipPercent: 50 };
  await change(world.accounts, plain, 'updateCustomerDetails', {
    customerId: business.id,
    beneficialOwners: [
      { firstName: 'Ada', lastName: 'Example', ...owner },
      { firstName: 'Zoltan', lastName: 'Quillfeather', ...owner },
    ],
  });
  expect(await screeningOf(business.id)).toMatchObject({ status: 'OPEN', matches: [{ entry: 'e-1' }] });
});

test('two halves of a name that come at once are looked at together', async () => {
  const { id } = await onboard('Ada', 'Example');
  // Both are asked about before either is written: neither answer is about the name that comes of it.
  const halves = new Set<string>();
  let isBoth: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    isBoth = resolve;
  });
  beforeSaying = async ({ names = [] }) => {
    if (!names.includes('Zoltan Example') && !names.includes('Ada Quillfeather')) return;
    if (halves.add(names.join()).size === 2) isBoth();
    await both;
  };
  await Promise.all([update(id, { firstName: 'Zoltan' }), update(id, { lastName: 'Quillfeather' })]);
  expect(halves.size).toBe(2);
  await eventually(async () => (await screeningOf(id)).matches[0]?.entry === 'e-1');
  expect(await screeningOf(id)).toMatchObject({ status: 'OPEN' });
});

test('while nobody can say all are held, and they go on once somebody can', async () => {
  await rename(list, `${list}.away`);
  const { id } = await onboard('Ada', 'Lovelace');
  await change(world.accounts, ours, 'attestEndorsement', { customerId: id, name: 'BASIC' });
  expect(await screeningOf(id)).toMatchObject({ status: 'OPEN', listVersion: 'unavailable', matches: [] });
  expect(endorsementOf(await read(world.accounts, plain, id), 'BASIC').status).toBe('PENDING');
  await rename(`${list}.away`, list);
  await settled(world.accounts, plain, id, 'BASIC', 'ACTIVE');
  expect(await screeningOf(id)).toMatchObject({ status: 'CLEAR' });
});

test('what was said of some is kept where there is no answer about the next', async () => {
  beforeSaying = () => Promise.reject(new Error('not now'));
  const [one, other] = [await onboard('Ada', 'Example'), await onboard('Bob', 'Example')];
  const business = await mutate(world.accounts, plain, 'createCustomer', {
    type: 'BUSINESS',
    legalName: 'Analytical Engines Ltd',
  });
  expect((await screeningOf(business.id)).listVersion).toBe('unavailable');
  beforeSaying = async ({ names = [] }) => {
    if (names.includes('Bob Example')) throw new Error('not about this one');
  };
  await becomes(one.id, 'CLEAR');
  expect(await screeningOf(other.id)).toMatchObject({ status: 'OPEN', listVersion: 'unavailable' });
  beforeSaying = () => Promise.resolve();
  await Promise.all([becomes(other.id, 'CLEAR'), becomes(business.id, 'CLEAR')]);
});

test('when the list changes everybody is looked at again, and only what it newly says is for somebody to decide', async () => {
  const added = await onboard('Hildegard', 'Umbrafoot');
  const released = await onboard('Zoltan', 'Quillfeather');
  const open = await onboard('Zoltan', 'Quillfeather');
  await decide(released.id, 'RELEASE');
  await putList(ZOLTAN, { id: 'e-3', list: 'TEST', names: ['Hildegard Umbrafoot'] });
  await becomes(added.id, 'OPEN');
  const { listVersion } = await screeningOf(added.id);
  await eventually(async () => (await screeningOf(released.id)).listVersion === listVersion);
  expect(await screeningOf(released.id)).toMatchObject({ status: 'RELEASED', note: 'seen' });
  await putList(ZOLTAN, { ...ZOLTAN, id: 'e-4' });
  await becomes(released.id, 'OPEN');
  await becomes(added.id, 'CLEAR');
  expect((await screeningOf(open.id)).status).toBe('OPEN');
  await putList(BLACKMERE);
  await becomes(open.id, 'CLEAR');
  await putList(ZOLTAN, BLACKMERE);
  await becomes(open.id, 'OPEN');
});

test('it is decided and listed by those who may, of their own customers, once', async () => {
  const { id } = await onboard('Zoltan', 'Quillfeather');
  expect(await decide(id, 'RELEASE', {}, world.theirs.viewer)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await decide(id, 'RELEASE', { note: '' })).toMatchObject({ field: 'note' });
  for (const scope of ['compliance:write', 'compliance:read']) {
    const viewer = viewerOf(world.ours.organizationId, 'customers:read', scope);
    await expect(decide(id, 'RELEASE', {}, viewer)).rejects.toThrow('needs the scope');
  }
  const key = { idempotencyKey: 'once' };
  const first = await decide(id, 'REFUSE', key);
  expect(await decide(id, 'REFUSE', key)).toEqual(first);
  expect(await decide(id, 'REFUSE')).toMatchObject({ code: 'INVALID_STATE', status: 'REFUSED' });
  const listed = (viewer: Viewer, statuses: readonly string[]): Promise<Json> =>
    execute(
      world.accounts,
      viewer,
      `query ($filter: CustomerFilter) { customers(first: 100, filter: $filter) { edges { node { id } } } }`,
      { filter: { screening: statuses } },
    );
  const idsOf = ({ data }: Json): readonly string[] => data.customers.edges.map((edge: Json) => edge.node.id);
  expect(idsOf(await listed(ours, ['REFUSED']))).toContain(id);
  expect(idsOf(await listed(ours, ['OPEN', 'RELEASED', 'CLEAR']))).not.toContain(id);
  expect(idsOf(await listed(world.theirs.viewer, ['REFUSED']))).toEqual([]);
  expect((await listed(plain, ['OPEN'])).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  await change(world.accounts, ours, 'eraseCustomer', { customerId: id });
  expect(await decide(id, 'RELEASE')).toMatchObject({ screening: { status: 'RELEASED' } });
});
