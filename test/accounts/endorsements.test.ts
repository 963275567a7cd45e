import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseId, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { createHttpKyc } from '../../subgraphs/accounts/adapters/httpKyc.ts';
import type { KycProvider } from '../../subgraphs/accounts/adapters/kycProvider.ts';
import { createSandboxKyc } from '../../subgraphs/accounts/adapters/sandboxKyc.ts';
import type { Accounts } from '../../subgraphs/accounts/main.ts';
import { queryOnce } from '../harness/embedded.ts';
import { ADDRESS, change, DETAILS, endorsementOf, eventually, read, settled } from './endorsing.ts';
import {
  eventsOf,
  execute,
  type Json,
  mutate,
  openWorld,
  passTime,
  run,
  viewerOf,
  type World,
} from './world.ts';

let world: World;
let accounts: Accounts;
let ours: Viewer;
/** May not know of reviews. */
let plain: Viewer;
/** A provider over HTTP, who is asked about customers of this last name. */
let abroad: Server;
const ABROAD = 'Abroad';
let answerAbroad: (asked: Json) => object = () => ({});

beforeAll(async () => {
  abroad = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => response.end(JSON.stringify(answerAbroad(JSON.parse(body)))));
  });
  await new Promise<void>((resolve) => abroad.listen(0, '127.0.0.1', resolve));
  const outside = createHttpKyc({ url: `http://127.0.0.1:${(abroad.address() as AddressInfo).port}` });
  const sandbox = createSandboxKyc();
  const kyc: KycProvider = {
    check: (asked, signal) => (asked.data.lastName === ABROAD ? outside : sandbox).check(asked, signal),
  };
  world = await openWorld({ kyc, kycRetryMs: 200, kycTimeoutMs: 300 });
  accounts = world.accounts;
  ours = world.ours.viewer;
  plain = viewerOf(world.ours.organizationId, 'customers:read', 'customers:write');
});
afterAll(async () => {
  await world.close();
  abroad.closeAllConnections();
  await new Promise((resolve) => abroad.close(resolve));
});

async function onboard(lastName: string, details: object = DETAILS): Promise<string> {
  const { id } = await mutate(accounts, ours, 'createCustomer', {
    type: 'INDIVIDUAL',
    firstName: 'Ada',
    lastName,
  });
  if (Object.keys(details).length > 0)
    await change(accounts, ours, 'updateCustomerDetails', { customerId: id, ...details });
  return id;
}

function request(customerId: string, name = 'BASIC'): Promise<Json> {
  return change(accounts, plain, 'requestEndorsement', { customerId, name });
}

function decide(customerId: string, decision: string, more: object = {}): Promise<Json> {
  return change(accounts, ours, 'decideEndorsement', { customerId, name: 'BASIC', decision, ...more });
}

test('what is missing is told, and the check begins by itself once it was given', async () => {
  const id = await onboard('Lovelace', {});
  const asked = endorsementOf(await request(id), 'BASIC');
  expect(asked).toMatchObject({ status: 'PENDING', basis: 'PROVIDER' });
  expect(asked.requirements).toEqual({
    complete: [],
    pending: [],
    missing: ['birthDate', 'nationality', 'address', 'identifyingNumbers', 'agreement'],
    issues: [],
  });
  const given = await change(accounts, ours, 'updateCustomerDetails', { customerId: id, ...DETAILS });
  expect(endorsementOf(given, 'BASIC').requirements).toMatchObject({
    missing: [],
    pending: Object.keys(DETAILS),
  });
  const active = await settled(accounts, ours, id, 'BASIC', 'ACTIVE');
  expect(active.requirements).toMatchObject({ complete: Object.keys(DETAILS), pending: [] });
  expect(endorsementOf(await read(accounts, ours, id), 'USD')).toMatchObject({
    status: 'NOT_REQUESTED',
    basis: null,
    requirements: { missing: ['email', 'phone'] },
  });
});

test('a refusal says why: to everyone what may be told, to compliance the rest; it can be asked again', async () => {
  const id = await onboard('Rejected');
  await request(id);
  const seen = await settled(accounts, plain, id, 'BASIC', 'REJECTED');
  const reason = { code: 'IDENTITY_NOT_VERIFIED', field: 'identifyingNumbers' };
  expect(seen.reasons).toMatchObject([{ ...reason, internal: null }]);
  expect(seen.requirements.issues).toEqual(['identifyingNumbers']);
  const full = endorsementOf(await read(accounts, ours, id), 'BASIC');
  expect(full.reasons).toMatchObject([{ ...reason, internal: 'Sandbox: last name Rejected.' }]);
  await mutate(accounts, ours, 'updateCustomer', { id, lastName: 'Lovelace' });
  await settled(accounts, plain, id, 'BASIC', 'ACTIVE');
});

test('a review is seen by compliance only: everyone else sees what a check under way looks like', async () => {
  const reviewed = await onboard('Review');
  const pending = await onboard('Pending');
  await Promise.all([request(reviewed), request(pending)]);
  await settled(accounts, ours, reviewed, 'BASIC', 'UNDER_REVIEW');
  const look = async (viewer: Viewer, id: string): Promise<Json> => {
    const { requestedAt, updatedAt, ...rest } = endorsementOf(await read(accounts, viewer, id), 'BASIC');
    return { ...rest, isUntouched: Date.parse(updatedAt) - Date.parse(requestedAt) < 5 };
  };
  expect(await look(plain, reviewed)).toEqual(await look(plain, pending));
  // Nor does a refusal to do something with it tell.
  const compliance = viewerOf(world.ours.organizationId, 'customers:read', 'compliance:write');
  for (const customerId of [reviewed, pending]) {
    const refused = await change(accounts, compliance, 'attestEndorsement', { customerId, name: 'BASIC' });
    expect(refused).toMatchObject({ __typename: 'EndorsementNotPossible', shown: 'PENDING' });
  }
  const filtered = (viewer: Viewer, statuses: readonly string[]) =>
    execute(
      accounts,
      viewer,
      `query ($filter: CustomerFilter) { customers(first: 10, filter: $filter) { edges { node { id } } } }`,
      { filter: { endorsement: { name: 'BASIC', statuses } } },
    );
  const idsOf = (result: Json): readonly string[] =>
    result.data.customers.edges.map((edge: Json) => edge.node.id);
  expect(idsOf(await filtered(plain, ['PENDING']))).toEqual([pending, reviewed]);
  expect(idsOf(await filtered(ours, ['PENDING']))).toEqual([pending]);
  expect(idsOf(await filtered(ours, ['UNDER_REVIEW']))).toEqual([reviewed]);
  expect((await filtered(plain, ['UNDER_REVIEW'])).errors?.[0]?.extensions).toMatchObject({
    code: 'FORBIDDEN',
  });
  const approved = await decide(reviewed, 'APPROVE');
  expect(endorsementOf(approved, 'BASIC')).toMatchObject({ status: 'ACTIVE', basis: 'DECISION' });
});

test('events tell each change of an endorsement with a gap-free version, a review by a type of its own', async () => {
  const id = await onboard('Review');
  await request(id);
  await settled(accounts, ours, id, 'BASIC', 'UNDER_REVIEW');
  await decide(id, 'APPROVE');
  await decide(id, 'REVOKE', {
    reasons: [{ code: 'FRAUD', message: 'No longer served.', internal: 'case 7' }],
  });
  const customerId = parseId('cus', id) as Uuid;
  const [row] = await queryOnce(
    world.url,
    `select id from accounts.endorsement where customer_id = '${customerId}'`,
  );
  const events = await eventsOf(world, (row as { id: Uuid }).id);
  expect(events.map((event) => [event.type, event.version])).toEqual([
    ['EndorsementUpdated', 1],
    ['EndorsementReviewStarted', 2],
    ['EndorsementUpdated', 3],
    ['EndorsementUpdated', 4],
  ]);
  expect(events[0]?.subjects).toContain(customerId);
});

test.each(['name', 'address', 'identifyingNumbers', 'ipAddress'])(
  '%s that changes is checked again',
  async (field) => {
    const id = await onboard('Lovelace');
    await request(id);
    await settled(accounts, ours, id, 'BASIC', 'ACTIVE');
    const details = {
      address: { ...ADDRESS, line1: '13 Mulberry Passage' },
      identifyingNumbers: [{ type: 'PASSPORT', issuingCountry: 'GB', number: 'PX0000001' }],
      ipAddress: '203.0.113.9',
    }[field];
    const after =
      field === 'name'
        ? await change(accounts, ours, 'updateCustomer', { id, lastName: 'Rejected' })
        : await change(accounts, ours, 'updateCustomerDetails', { customerId: id, [field]: details });
    expect(endorsementOf(after, 'BASIC').status).toBe('PENDING');
    await settled(accounts, ours, id, 'BASIC', field === 'name' ? 'REJECTED' : 'ACTIVE');
  },
);

test('what checks do not look at changes nothing; what the integrator attested stays attested', async () => {
  const id = await onboard('Lovelace');
  await request(id);
  await settled(accounts, ours, id, 'BASIC', 'ACTIVE');
  const emailed = await change(accounts, ours, 'updateCustomer', { id, email: 'ada@example.com' });
  expect(endorsementOf(emailed, 'BASIC').status).toBe('ACTIVE');
  const other = await onboard('Rejected', {});
  const attested = await change(accounts, ours, 'attestEndorsement', { customerId: other, name: 'BASIC' });
  expect(endorsementOf(attested, 'BASIC')).toMatchObject({ status: 'ACTIVE', basis: 'ATTESTATION' });
  const moved = await change(accounts, ours, 'updateCustomerDetails', {
    customerId: other,
    address: ADDRESS,
  });
  expect(endorsementOf(moved, 'BASIC').status).toBe('ACTIVE');
});

test('a provider that does not answer leaves the outcome unknown, and is asked the same again', async () => {
  const id = await onboard('Timeout');
  await request(id);
  await settled(accounts, ours, id, 'BASIC', 'ACTIVE');
  const checks = await queryOnce(
    world.url,
    `select stage, attempts from accounts.kyc_check where customer_id = '${parseId('cus', id)}'`,
  );
  expect(checks).toEqual([{ stage: 'DECIDED', attempts: 2 }]);
});

test('a check of days is asked again when the provider said, by the clock of deadlines, under the same id', async () => {
  const id = await onboard(ABROAD);
  const asked: Json[] = [];
  let isKnown = false;
  answerAbroad = (question) => {
    asked.push(question);
    const { checkId } = question;
    return isKnown ? { checkId, status: 'ACTIVE' } : { checkId, status: 'PENDING', retryAfterSeconds: 7_200 };
  };
  await request(id);
  const due = `select 1 from accounts.kyc_check
     where due_at > platform.now() + interval '7000 s' and customer_id = '${parseId('cus', id)}'`;
  await eventually(async () => (await queryOnce(world.url, due)).length === 1);
  isKnown = true;
  await passTime(world, 7_200_000);
  await settled(accounts, plain, id, 'BASIC', 'ACTIVE');
  expect(asked).toHaveLength(2);
  expect(asked[1]).toEqual(asked[0]);
  expect(asked[0]).toMatchObject({
    endorsement: 'BASIC',
    customerType: 'INDIVIDUAL',
    data: { firstName: 'Ada', lastName: ABROAD, ...DETAILS, agreement: { version: '2026-01' } },
  });
});

test('a decision overtakes a check that is under way: its outcome counts no more', async () => {
  const id = await onboard('Timeout');
  await request(id);
  const reasons = [{ code: 'HIGH_RISK', message: 'We cannot serve you.', internal: 'risk score' }];
  expect(endorsementOf(await decide(id, 'REJECT', { reasons }), 'BASIC').status).toBe('REJECTED');
  const open = `select 1 from accounts.kyc_check where customer_id = '${parseId('cus', id)}' and stage <> 'DECIDED'`;
  await eventually(async () => (await queryOnce(world.url, open)).length === 0);
  expect(endorsementOf(await read(accounts, ours, id), 'BASIC')).toMatchObject({
    status: 'REJECTED',
    reasons,
  });
});

test('what cannot be is refused: another name, an illegal move, what was revoked', async () => {
  const id = await onboard('Lovelace', {});
  expect(await request(id, 'GOLD')).toMatchObject({ code: 'INVALID_INPUT', field: 'name' });
  expect(await decide(id, 'REVOKE')).toMatchObject({
    __typename: 'EndorsementNotPossible',
    shown: 'NOT_REQUESTED',
  });
  await decide(id, 'APPROVE');
  await decide(id, 'REVOKE');
  expect(await request(id)).toMatchObject({ __typename: 'EndorsementNotPossible', shown: 'REVOKED' });
});

test('the same key answers the same, and twenty requests at once begin one check', async () => {
  const id = await onboard('Pending');
  const results = await Promise.all(Array.from({ length: 20 }, () => request(id)));
  expect(new Set(results.map((result) => endorsementOf(result, 'BASIC').status))).toEqual(
    new Set(['PENDING']),
  );
  const checks = await queryOnce(
    world.url,
    `select id from accounts.kyc_check where customer_id = '${parseId('cus', id)}'`,
  );
  expect(checks).toHaveLength(1);
  const input = { customerId: id, name: 'USD', idempotencyKey: 'same' };
  await change(accounts, ours, 'attestEndorsement', input);
  expect(endorsementOf(await change(accounts, ours, 'attestEndorsement', input), 'USD').status).toBe(
    'ACTIVE',
  );
  expect(await change(accounts, ours, 'attestEndorsement', { ...input, name: 'EUR' })).toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
});

test("another organization's customer is not there, and each mutation asks for its scope", async () => {
  const id = await onboard('Lovelace', {});
  const theirs = world.theirs.viewer;
  const inputs: Readonly<Record<string, object>> = {
    updateCustomerDetails: { phone: '+14155550123' },
    requestEndorsement: { name: 'BASIC' },
    attestEndorsement: { name: 'BASIC' },
    decideEndorsement: { name: 'BASIC', decision: 'APPROVE' },
    eraseCustomer: {},
  };
  for (const [field, input] of Object.entries(inputs)) {
    expect(await change(accounts, theirs, field, { customerId: id, ...input })).toMatchObject({
      code: 'NOT_FOUND',
    });
    const reader = viewerOf(world.ours.organizationId, 'customers:read');
    await expect(change(accounts, reader, field, { customerId: id, ...input })).rejects.toThrow(
      'needs the scope',
    );
    const client: Viewer = { ...ours, kind: 'CLIENT', customerId: parseId('cus', id) as Uuid };
    await expect(change(accounts, client, field, { customerId: id, ...input })).rejects.toThrow(
      'client token',
    );
  }
  const untouched = await read(accounts, ours, id);
  expect(endorsementOf(untouched, 'BASIC').status).toBe('NOT_REQUESTED');
  expect(await run(accounts, theirs, 'query ($id: ID!) { customer(id: $id) { id } }', { id })).toEqual({
    customer: null,
  });
});
