import { initiation } from '../../rails/bank/iso20022/initiation.fixture.ts';
import type { CreditTransfer } from '../../rails/bank/iso20022/initiation.ts';
import { writeInitiation } from '../../rails/bank/iso20022/writeInitiation.ts';
import { type Answer, acc, type Fixture, openFixture } from './fixture.ts';
import { addPayer, mutateBatch, type Payer, payAll, readBatch } from './payoutsWorld.ts';

let fixture: Fixture;
let payer: Payer;
let payees: readonly string[];

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  payer = await addPayer(fixture, 100_000_00n);
  payees = payer.payees.map((id) => acc(id));
});

const upload = async (text: string, more: object = {}): Promise<Answer> =>
  (await mutateBatch(fixture, payer, 'uploadPayoutBatch', { format: 'PAIN_001', text, ...more })).result;

/** A payment to an account of ours. */
function transfer(at: number, of: Partial<CreditTransfer> = {}): CreditTransfer {
  return {
    ...{ instructionId: null, uetr: null, purpose: null, creditorAgent: null, currency: 'USD' },
    ...{ endToEndId: `wages-${at}`, amountMinor: 12_50n, remittance: `March ${at}` },
    creditor: { name: 'Ana Pena', address: null, organizationId: null },
    creditorAccount: { kind: 'OTHER', id: payees[at] ?? '', scheme: 'OMSX' },
    ...of,
  };
}

function fileOf(
  transfers: readonly CreditTransfer[],
  version: 'pain.001.001.09' | 'pain.001.001.03' = 'pain.001.001.09',
) {
  const [group] = initiation.groups;
  if (group === undefined) throw new Error('there is no group');
  const groups = [{ ...group, transfers }];
  return writeInitiation({ ...initiation, groups }, { version, characters: 'ANY' });
}

test.each(['pain.001.001.09', 'pain.001.001.03'] as const)(
  '%s: its payments are the items of a batch',
  async (version) => {
    const text = fileOf([transfer(0), transfer(1, { amountMinor: 1n })], version);
    const batch = await upload(text);
    expect(batch).toMatchObject({
      __typename: 'PayoutBatch',
      total: { count: 2, amount: { amount: '12.51' } },
    });
    await payAll(fixture);
    const paid = await readBatch(fixture, payer, batch.id);
    expect(paid.status).toBe('COMPLETED');
    const found = await fixture.rows(
      'select external_id, description, amount from payments.payout_item where organization_id = $1 order by number',
      [payer.organizationId],
    );
    expect(found).toEqual([
      { external_id: 'wages-0', description: 'March 0', amount: '1250' },
      { external_id: 'wages-1', description: 'March 1', amount: '1' },
    ]);
  },
);

test('a dry run tells totals and stores nothing', async () => {
  const preview = await upload(fileOf([transfer(0)]), { dryRun: true });
  expect(preview).toMatchObject({ __typename: 'PayoutBatchPreview', isCovered: true, total: { count: 1 } });
});

test('sums that are not exact, and whatever else is wrong with the message, are faults by their path', async () => {
  const text = fileOf([transfer(0)]);
  const wrong = await upload(
    text.replace('<CtrlSum>12.50<', '<CtrlSum>12.51<').replace('<CtrlSum>12.5<', '<CtrlSum>12.51<'),
  );
  expect(wrong.__typename).toBe('PayoutBatchInvalid');
  expect(wrong.faults[0]).toMatchObject({
    item: null,
    row: null,
    field: 'Document/CstmrCdtTrfInitn/GrpHdr/CtrlSum',
  });
  for (const broken of [
    '',
    'a,b\n1,2',
    text.slice(0, -30),
    `<!DOCTYPE a>${text.replace(/^<\?xml.*?\?>/, '')}`,
  ]) {
    expect(await upload(broken)).toMatchObject({ __typename: 'PayoutBatchInvalid', faultCount: 1 });
  }
});

test('faults of payments name the payment and its element', async () => {
  const result = await upload(
    fileOf([
      transfer(0),
      transfer(1, { currency: 'EUR' }),
      transfer(2, { creditorAccount: { kind: 'OTHER', id: 'nobody', scheme: null } }),
      transfer(0, {
        creditorAccount: { kind: 'IBAN', iban: 'FR1420041010050500013M02606' },
        endToEndId: 'x',
      }),
    ]),
  );
  expect(result.faults.map(({ item, field }: Answer) => `${item} ${field}`).sort()).toEqual([
    ...['2 Amt/InstdAmt/Ccy', '3 CdtrAcct/Id', '4 CdtrAcct/Id'],
  ]);
  // An account at a bank is personal: it is not told back.
  expect(JSON.stringify(result)).not.toContain('FR14');
});
