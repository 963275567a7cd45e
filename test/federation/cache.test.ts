import type { Viewer } from '../../platform/viewer.ts';
import { createWorld, furnish, type Inventory, type World } from './world.ts';

let world: World;
let viewer: Viewer;
let stranger: Viewer;
let own: Inventory;

beforeAll(async () => {
  world = await createWorld({ cached: true });
  viewer = (await world.addOrganization('Owner')).viewer;
  stranger = (await world.addOrganization('Stranger')).viewer;
  own = await furnish(world, viewer);
});

afterAll(async () => {
  await world.close();
});

const NAME =
  'query ($id: ID!, $wallet: ID!) { customer(id: $id) { displayName updatedAt } wallet(id: $wallet) { status createdAt } }';

async function ask(as: Viewer): Promise<unknown> {
  return (await world.run(as, NAME, { id: own.cus, wallet: own.wal })).data;
}

async function rename(lastName: string): Promise<void> {
  const text = 'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { __typename } }';
  const input = { idempotencyKey: lastName, id: own.cus, lastName };
  expect((await world.run(viewer, text, { input })).data).toEqual({
    updateCustomer: { __typename: 'Customer' },
  });
}

test('a cached row answers as the record does, dates included', async () => {
  const first = await ask(viewer);
  expect(await ask(viewer)).toEqual(first);
  expect(first).toMatchObject({ customer: { displayName: 'Some Body' }, wallet: { status: 'ACTIVE' } });
});

test('a row that its owner has brought into the cache is not there for a stranger', async () => {
  await ask(viewer);
  expect(await ask(stranger)).toEqual({ customer: null, wallet: null });
});

test('who changed a row sees the change in the next request, without waiting for the event', async () => {
  await ask(viewer);
  for (const name of ['Changed', 'Again']) {
    await rename(name);
    expect(await ask(viewer)).toMatchObject({ customer: { displayName: `Some ${name}` } });
  }
});
