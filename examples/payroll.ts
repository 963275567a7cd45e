import { connect } from './lib/omsx.ts';
import { availableOf, fund, onboard, openAccount } from './lib/parties.ts';

const UPLOAD = `mutation ($input: UploadPayoutBatchInput!) { result: uploadPayoutBatch(input: $input) {
  __typename ... on PayoutBatch { id }
  ... on PayoutBatchPreview { total { count amount { amount } } isCovered }
  ... on PayoutBatchInvalid { faultCount faults { item field value expected } }
  ... on NotFound { code message } ... on InvalidInput { code message } } }`;
const WATCH = `subscription ($id: ID!) { result: batchUpdates(id: $id) { cursor batch {
  status completed { count amount { amount } } failed { count } } } }`;

// Wages of a company from one file: checked first, paid at once, watched by one subscription. docs/guides/payroll.md
const omsx = await connect();
const wages = await openAccount(omsx, { asset: 'USD', name: 'Wages' });
await fund(omsx, wages, '10000.00');
const people = ['Mei Lopez', 'Omar Ricci', 'Leila Costa', 'Elif Haddad', 'Jonas Berg'];
const accounts: string[] = [];
for (const name of people) {
  const [first = '', last = ''] = name.split(' ');
  const customerId = await onboard(omsx, first, last);
  accounts.push(await openAccount(omsx, { customerId, asset: 'USD', name: 'Salary' }));
}

const upload = (name: string, text: string, dryRun: boolean) =>
  omsx.ask(UPLOAD, {
    input: { idempotencyKey: omsx.key(name), sourceId: wages, asset: 'USD', format: 'CSV', text, dryRun },
  });
const lines = accounts.map((id, index) => `${id},${1_000 + index * 100}.00,November`);

const wrong = await upload(
  'wages',
  ['destination_id,amount,description', ...lines, 'acc_nobody,1e3,x'].join('\n'),
  true,
);
for (const { item, field, value, expected } of wrong.faults)
  console.log(`line ${item + 1}: ${field} is ${value}, expected ${expected}`);

const text = ['destination_id,amount,description', ...lines].join('\n');
const preview = await upload('wages', text, true);
console.log(
  `${preview.total.count} payouts of ${preview.total.amount.amount}, covered: ${preview.isCovered}`,
);
const { id } = await upload('wages', text, false);
const { batch } = await omsx.watch(WATCH, { id }, (message) => message.batch.status === 'COMPLETED');
console.log(`${batch.status}: ${batch.completed.count} paid, ${batch.failed.count} failed`);
console.log(
  `Wages has ${await availableOf(omsx, wages)}, ${people[0]} has ${await availableOf(omsx, accounts[0] ?? '')}`,
);
await omsx.close();
