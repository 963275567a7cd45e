import { writeMessage } from '../../iso20022/message.ts';
import type { BankAccount } from '../../iso20022/party.ts';
import type { StatementLine } from '../../iso20022/statement.ts';
import { pain002 } from '../../iso20022/structure/pain002.ts';
import { writeStatement } from '../../iso20022/writeStatement.ts';
import { element, optional, type XmlElement } from '../../iso20022/xml/element.ts';

/** What the simulated bank says of one payment. */
export interface PaymentStatus {
  readonly groupId: string;
  readonly endToEndId: string;
  /** `ACSP`, `RJCT`, ... */
  readonly status: string;
  readonly reasonCode: string | null;
}

const CREATED_AT = '2026-01-01T00:00:00Z';

/** A pain.002 for payments of one message; with `groupStatus` for all of it, and then of none alone. */
export function statusReport(
  id: string,
  originalMessageId: string,
  payments: readonly PaymentStatus[],
  groupStatus: string | null = null,
): string {
  const groups = [...new Set(payments.map(({ groupId }) => groupId))];
  const listed = groupStatus === null ? groups : [];
  return writeMessage(
    { version: 'pain.002.001.10', structure: pain002 },
    element('CstmrPmtStsRpt', [
      element('GrpHdr', [element('MsgId', id), element('CreDtTm', CREATED_AT)]),
      element('OrgnlGrpInfAndSts', [
        element('OrgnlMsgId', originalMessageId),
        element('OrgnlMsgNmId', 'pain.001.001.09'),
        optional('GrpSts', groupStatus),
      ]),
      ...listed.map((groupId) =>
        element('OrgnlPmtInfAndSts', [
          element('OrgnlPmtInfId', groupId),
          ...payments.filter((payment) => payment.groupId === groupId).map(statusElement),
        ]),
      ),
    ]),
  );
}

function statusElement({ endToEndId, status, reasonCode }: PaymentStatus): XmlElement {
  const reason = reasonCode === null ? null : [element('Rsn', [element('Cd', reasonCode)])];
  return element('TxInfAndSts', [
    element('OrgnlEndToEndId', endToEndId),
    element('TxSts', status),
    optional('StsRsnInf', reason),
  ]);
}

/** A booked line of the simulated bank. Positive when the account gets it. */
export interface BookedLine {
  readonly reference: string;
  readonly amountMinor: bigint;
  readonly endToEndId: string | null;
  readonly groupId: string | null;
  readonly returnCode: string | null;
  readonly payer: string | null;
  readonly remittance: string | null;
}

/** A camt.053 that goes from `openingMinor` by the lines to what they come to. */
export function statementOf(of: {
  readonly id: string;
  readonly account: BankAccount;
  readonly currency: string;
  readonly openingMinor: bigint;
  readonly on: string;
  readonly lines: readonly BookedLine[];
}): string {
  const { id, account, currency, openingMinor, on, lines } = of;
  const closingMinor = lines.reduce((sum, { amountMinor }) => sum + amountMinor, openingMinor);
  return writeStatement({
    ...{ messageId: id, createdAt: CREATED_AT },
    statements: [
      {
        ...{ id, sequence: null, createdAt: null, account, currency },
        balances: [
          { code: 'OPBD', amountMinor: openingMinor, on },
          { code: 'CLBD', amountMinor: closingMinor, on },
        ],
        lines: lines.map((line) => lineOf(line, on)),
      },
    ],
  });
}

function lineOf(line: BookedLine, on: string): StatementLine {
  const { reference, amountMinor, endToEndId, groupId, returnCode, payer, remittance } = line;
  const none = { messageId: null, instructionId: null, uetr: null, bankCode: null };
  return {
    ...none,
    ...{ id: reference, bankReference: reference, amountMinor, status: 'BOOK', bookedOn: on, valueOn: on },
    ...{ isReversal: false, endToEndId, groupId, remittance },
    counterparty:
      payer === null
        ? null
        : { name: 'Somebody', account: { kind: 'OTHER', id: payer, scheme: null }, agent: null },
    returnReason: returnCode === null ? null : { code: returnCode, information: [] },
  };
}
