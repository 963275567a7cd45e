import { newUuid, type Uuid } from '../../platform/id.ts';
import type { StatementLine, StatementMessage } from '../../rails/bank/iso20022/statement.ts';
import { writeStatement } from '../../rails/bank/iso20022/writeStatement.ts';
import type { Tenant, World } from '../bank/world.ts';

export const FILE_BANK = 'FILEBANK';

/** A line of a file, by what a test cares about. */
export function fileLine(id: string, amountMinor: bigint, more: Partial<StatementLine> = {}): StatementLine {
  return {
    ...{ id, bankReference: id, amountMinor, status: 'BOOK', bookedOn: '2026-03-02', valueOn: null },
    ...{
      isReversal: false,
      endToEndId: null,
      messageId: null,
      groupId: null,
      instructionId: null,
      uetr: null,
    },
    ...{ counterparty: null, remittance: null, returnReason: null, bankCode: null },
    ...more,
  };
}

/** A camt.053 of one day. */
export function fileOf(
  id: string,
  openingMinor: bigint,
  lines: readonly StatementLine[],
  day = '2026-03-02',
  currency = 'USD',
  sequence: bigint | null = null,
): string {
  const closingMinor = lines.reduce((sum, { amountMinor }) => sum + amountMinor, openingMinor);
  const message: StatementMessage = {
    messageId: `m-${id}`,
    createdAt: `${day}T20:00:00Z`,
    statements: [
      {
        id,
        sequence,
        createdAt: `${day}T20:00:00Z`,
        account: { kind: 'OTHER', id: '000123456789', scheme: null },
        currency,
        balances: [
          { code: 'OPBD', amountMinor: openingMinor, on: day },
          { code: 'CLBD', amountMinor: closingMinor, on: day },
        ],
        lines: lines.map((line) => ({ ...line, bookedOn: day })),
      },
    ],
  };
  return writeStatement(message);
}

/** Money that our side has heard of at the bank of the files. */
export async function plantReceipt(
  world: World,
  tenant: Tenant,
  receipt: {
    readonly providerId: string;
    readonly amountMinor: bigint;
    readonly day?: string;
    readonly adapter?: string;
  },
): Promise<Uuid> {
  const { providerId, amountMinor, day = '2026-03-02', adapter = FILE_BANK } = receipt;
  const id = newUuid();
  await world.fixture.rows(
    `insert into bank.receipt (id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask, created_at)
     values ($1, $2, $3, $4, 'WIRE', 'USD', $5, 'nobody', '****', $6)`,
    [id, tenant.organizationId, adapter, providerId, amountMinor, `${day}T10:00:00Z`],
  );
  // What nobody has screened is held back.
  await world.fixture.rows(
    `insert into bank.receipt_screening values ($1, $2, 'CLEAR', 'planted', '[]', null)`,
    [id, tenant.organizationId],
  );
  return id;
}
