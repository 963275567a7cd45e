import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../platform/paths.ts';
import { type Child, startChild, waitFor } from '../../crash/child.ts';
import { type Omsx, removeOmsx, startOmsx } from '../../e2e/omsx.ts';
import type { Answer } from '../../payments/fixture.ts';

/** A Postgres is made and everything started first. */
jest.setTimeout(150_000);

const IBAN = 'DE89370400440532013000';
let omsx: Omsx;
let folder: string;
let answering: Child;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-banks-'));
  const [outbox, inbox] = [join(folder, 'out'), join(folder, 'in')];
  // As docs/bank-files.md has it.
  const banks = [
    {
      ...{ code: 'COMMERZ', kind: 'files', format: 'pain.001.001.09', rails: ['SEPA'], outbox, inbox },
      gathering: { waitSeconds: 1 },
      originator: { name: 'Open Money Ltd', iban: IBAN, bic: 'COBADEFFXXX' },
    },
  ];
  await writeFile(join(folder, 'banks.json'), JSON.stringify({ banks }));
  answering = startChild({
    program: process.execPath,
    args: ['--import', 'tsx', join(projectRoot, 'scripts', 'answerFiles.ts'), outbox, inbox, IBAN, 'EUR'],
    environment: {},
    folder: projectRoot,
    logFile: join(folder, 'answers.log'),
  });
  omsx = await startOmsx({ environment: { OMSX_BANKS_FILE: join(folder, 'banks.json') } });
});
afterAll(async () => {
  await answering?.kill9();
  await removeOmsx(omsx);
  await rm(folder, { recursive: true, force: true });
});

async function ask(query: string, variables: object = {}) {
  const response = await fetch(omsx.credentials.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${omsx.credentials.apiKey}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answer;
  expect(errors).toBeUndefined();
  return data;
}

async function fund(asset: string, rail: string): Promise<string> {
  const open = `mutation { createAccount(input: { idempotencyKey: "${asset}", asset: "${asset}" }) { ... on Account { id } } }`;
  const { id } = (await ask(open)).createAccount;
  await ask(`mutation { simulateBankDeposit(input: { idempotencyKey: "${asset}", rail: ${rail}, amount: "100",
    reference: "${id}" }) { __typename } }`);
  const balance = `{ account(id: "${id}") { balance { posted { amount } } } }`;
  const posted = async () => (await ask(balance)).account.balance.posted.amount;
  await waitFor('deposit', 20_000, async () => (await posted()) === '100.00');
  return id;
}

async function pay(sourceId: string, asset: string, account: string): Promise<string> {
  const mutation = `mutation { createTransaction(input: { idempotencyKey: "p${asset}", sourceId: "${sourceId}",
    amount: "40", asset: "${asset}", destinationBankAccount: { accountHolderName: "Ana Example", ${account} } }) {
      ... on Transaction { id } ... on Failure { code message } } }`;
  const { id } = (await ask(mutation)).createTransaction;
  const status = async () => (await ask(`{ transaction(id: "${id}") { status } }`)).transaction.status;
  await waitFor('payout', 30_000, async () => (await status()) === 'COMPLETED');
  return id;
}

test('a bank that an operator names in a file takes its rail by files, the simulated one the others', async () => {
  await pay(await fund('EUR', 'SEPA'), 'EUR', 'rail: SEPA, iban: "FR1420041010050500013M02606"');
  expect(await readdir(join(folder, 'out', '.taken'))).toEqual(['COMMERZ-00000001.xml']);
  expect((await readdir(join(folder, 'in', 'done'))).length).toBeGreaterThan(0);
  const wire = 'rail: WIRE, routingNumber: "021000021", accountNumber: "000123456789"';
  await pay(await fund('USD', 'WIRE'), 'USD', wire);
  expect(await readdir(join(folder, 'out', '.taken'))).toHaveLength(1);
  const metrics = await (await fetch(new URL('/metrics', omsx.credentials.graphql))).text();
  expect(metrics).toContain('\nomsx_bank_files_written_total{adapter="COMMERZ",outcome="WRITTEN"} 1\n');
  expect(metrics).toContain('\nomsx_bank_orders_open{adapter="SIMULATOR",state="UNKNOWN"} 0\n');
  expect(metrics).toMatch(/\nomsx_bank_settle_median_seconds\{rail="SEPA"\} \d/);
  expect(metrics).toContain('\nomsx_payout_items_open{status="PENDING"} 0\n');
});
