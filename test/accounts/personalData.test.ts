import { parseId } from '../../platform/id.ts';
import { queryOnce } from '../harness/embedded.ts';
import { ADDRESS, change, DETAILS, endorsementOf, read } from './endorsing.ts';
import { type Json, mutate, openWorld, run, viewerOf, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Texts that stand nowhere else, so that one found in a dump was leaked there. */
const SECRETS = [
  'Zephyrine',
  'Quillfeather',
  'zq@example.org',
  '+14155550188',
  'PX7731946',
  '198.51.100.77',
  'Mulberry',
];

async function onboard(): Promise<string> {
  const person = {
    type: 'INDIVIDUAL',
    firstName: 'Zephyrine',
    lastName: 'Quillfeather',
    email: 'zq@example.org',
  };
  const { accounts, ours } = world;
  const metadata = [{ key: 'note', value: 'knows Quillfeather' }];
  const { id } = await mutate(accounts, ours.viewer, 'createCustomer', {
    ...person,
    externalId: 'zq-1',
    metadata,
  });
  await change(accounts, ours.viewer, 'updateCustomerDetails', {
    customerId: id,
    ...DETAILS,
    phone: '+14155550188',
    ipAddress: '198.51.100.77',
  });
  return id;
}

/** Every row of every table as text, whatever a later migration adds. */
async function dump(url: string): Promise<string> {
  const tables = (await queryOnce(
    url,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`,
  )) as readonly { readonly name: string }[];
  const texts: string[] = [];
  for (const { name } of tables)
    texts.push(JSON.stringify(await queryOnce(url, `select t::text from ${name} t`)));
  return texts.join('\n');
}

test('what is known is sealed at rest, masked for most, in clear with customers:pii:read, and gone once erased', async () => {
  const { accounts, ours, url } = world;
  const id = await onboard();
  const sealed = await dump(url);
  expect(sealed).toContain('zq-1');
  // Metadata is the integrator's own, and nobody's promise.
  expect(SECRETS.filter((secret) => sealed.replaceAll('knows Quillfeather', '').includes(secret))).toEqual(
    [],
  );

  const plain = await read(accounts, viewerOf(ours.organizationId, 'customers:read'), id);
  expect(plain).toMatchObject({
    displayName: 'Z*** Q***',
    firstName: 'Z***',
    email: 'z***@example.org',
    details: {
      phone: '***',
      birthDate: '***',
      address: { line1: '***', city: 'K***', country: 'GB' },
      identifyingNumbers: [{ type: 'PASSPORT', issuingCountry: 'GB', number: '***' }],
    },
  });
  expect(SECRETS.filter((secret) => JSON.stringify({ ...plain, metadata: [] }).includes(secret))).toEqual([]);
  const full = await read(
    accounts,
    viewerOf(ours.organizationId, 'customers:read', 'customers:pii:read'),
    id,
  );
  expect(full).toMatchObject({
    displayName: 'Zephyrine Quillfeather',
    details: { birthDate: DETAILS.birthDate, address: { line1: ADDRESS.line1 }, ipAddress: '198.51.100.77' },
  });

  await change(accounts, ours.viewer, 'attestEndorsement', { customerId: id, name: 'BASIC' });
  const erased = await change(accounts, ours.viewer, 'eraseCustomer', { customerId: id });
  expect(erased).toMatchObject({
    id,
    displayName: 'Erased customer',
    firstName: null,
    email: null,
    details: null,
    externalId: 'zq-1',
    metadata: [],
  });
  expect(erased.erasedAt).not.toBeNull();
  expect(endorsementOf(erased, 'BASIC')).toMatchObject({
    status: 'REVOKED',
    reasons: [{ code: 'CUSTOMER_ERASED' }],
  });
  const after = await dump(url);
  expect(SECRETS.filter((secret) => after.includes(secret))).toEqual([]);
  const uuid = parseId('cus', id);
  const [row] = await queryOnce(
    url,
    `select wrapped_key, sealed from accounts.customer where id = '${uuid}'`,
  );
  expect(row).toEqual({ wrapped_key: null, sealed: {} });
  expect(await queryOnce(url, `select 1 from ledger.holder where id = '${uuid}'`)).toHaveLength(1);
});

test('an erased customer takes in nothing more, and erasing it again changes nothing', async () => {
  const { accounts, ours } = world;
  const { id } = await mutate(accounts, ours.viewer, 'createCustomer', {
    type: 'BUSINESS',
    legalName: 'Acme',
  });
  const first = await change(accounts, ours.viewer, 'eraseCustomer', { customerId: id });
  expect((await change(accounts, ours.viewer, 'eraseCustomer', { customerId: id })).erasedAt).toBe(
    first.erasedAt,
  );
  const refused = { code: 'CUSTOMER_ERASED', retryable: false };
  const phone = { customerId: id, phone: '+14155550123' };
  expect(await change(accounts, ours.viewer, 'updateCustomer', { id, legalName: 'Acme 2' })).toMatchObject(
    refused,
  );
  expect(await change(accounts, ours.viewer, 'updateCustomerDetails', phone)).toMatchObject(refused);
  const request = { customerId: id, name: 'BASIC' };
  expect(await change(accounts, ours.viewer, 'requestEndorsement', request)).toMatchObject(refused);
});

test('a change that meets an erasure comes before it or not at all', async () => {
  const { accounts, ours, url } = world;
  const { id } = await mutate(accounts, ours.viewer, 'createCustomer', {
    type: 'BUSINESS',
    legalName: 'Acme',
  });
  const results = await Promise.all([
    ...Array.from({ length: 10 }, (_, index) =>
      change(accounts, ours.viewer, 'updateCustomer', { id, legalName: `Acme ${index}` }),
    ),
    change(accounts, ours.viewer, 'eraseCustomer', { customerId: id }),
    ...Array.from({ length: 10 }, (_, index) =>
      change(accounts, ours.viewer, 'updateCustomer', { id, legalName: `Acme ${index}` }),
    ),
  ]);
  expect(results.at(10)).toMatchObject({ displayName: 'Erased customer' });
  const [row] = await queryOnce(
    url,
    `select sealed from accounts.customer where id = '${parseId('cus', id)}'`,
  );
  expect(row).toEqual({ sealed: {} });
});

test('what one customer is known by opens for no other', async () => {
  const { accounts, ours, url } = world;
  const made: string[] = [];
  for (const legalName of ['One', 'Two']) {
    made.push((await mutate(accounts, ours.viewer, 'createCustomer', { type: 'BUSINESS', legalName })).id);
  }
  const [one, two] = made.map((id) => parseId('cus', id));
  await queryOnce(
    url,
    `update accounts.customer set sealed = (select sealed from accounts.customer where id = '${one}')
      where id = '${two}' returning id`,
  );
  const document = 'query ($id: ID!) { customer(id: $id) { displayName } }';
  await expect(run(accounts, ours.viewer, document, { id: made[1] })).rejects.toThrow(
    'went wrong on our side',
  );
});

test('what is sealed for one field opens for no other of the same customer', async () => {
  const { accounts, ours, url } = world;
  const acme = { type: 'BUSINESS', legalName: 'Acme', email: 'acme@example.com' };
  const { id } = await mutate(accounts, ours.viewer, 'createCustomer', acme);
  await queryOnce(
    url,
    `update accounts.customer set sealed = jsonb_set(sealed, '{legalName}', sealed->'email')
      where id = '${parseId('cus', id)}' returning id`,
  );
  const document = 'query ($id: ID!) { customer(id: $id) { displayName } }';
  await expect(run(accounts, ours.viewer, document, { id })).rejects.toThrow('went wrong on our side');
});

test('names from before they were sealed are read, and sealed with the first change or start', async () => {
  const { accounts, ours, url } = world;
  const { id } = await mutate(accounts, ours.viewer, 'createCustomer', {
    type: 'BUSINESS',
    legalName: 'New',
  });
  await queryOnce(
    url,
    `update accounts.customer set wrapped_key = null, sealed = '{}', legal_name = 'Oldfashioned Ltd'
      where id = '${parseId('cus', id)}' returning id`,
  );
  expect(await read(accounts, ours.viewer, id)).toMatchObject({ displayName: 'Oldfashioned Ltd' });
  const changed = await change(accounts, ours.viewer, 'updateCustomer', { id, email: 'old@example.com' });
  expect(changed).toMatchObject({ displayName: 'Oldfashioned Ltd', email: 'old@example.com' });
  expect(await dump(url)).not.toContain('Oldfashioned');
});

const person = { birthDate: '1975-12-10' };
test.each<[string, object]>([
  ['phone', { phone: '4155550123' }],
  ['birthDate', { birthDate: '1975-02-30' }],
  ['birthDate', { birthDate: '2999-01-01' }],
  ['nationality', { nationality: 'gb' }],
  ['ipAddress', { ipAddress: '203.0.113.256' }],
  ['address.country', { address: { ...ADDRESS, country: 'Scotland' } }],
  ['address.line1', { address: { ...ADDRESS, line1: '' } }],
  ['identifyingNumbers', { identifyingNumbers: [] }],
  [
    'identifyingNumbers.0.type',
    { identifyingNumbers: [{ type: 'passport', issuingCountry: 'GB', number: '1' }] },
  ],
  [
    'business',
    {
      ...person,
      business: { registrationNumber: '1', incorporationCountry: 'GB', incorporationDate: '2020-01-01' },
    },
  ],
])('%s is told when it breaks its rule', async (field, details) => {
  const { accounts, ours } = world;
  const ada = { type: 'INDIVIDUAL', firstName: 'Ada', lastName: 'Lovelace' };
  const { id }: Json = await mutate(accounts, ours.viewer, 'createCustomer', ada);
  const refused = await change(accounts, ours.viewer, 'updateCustomerDetails', {
    customerId: id,
    ...details,
  });
  expect(refused).toMatchObject({ code: 'INVALID_INPUT', field });
});
