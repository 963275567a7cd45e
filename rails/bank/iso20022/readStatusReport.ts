import { createFaults, readMessage } from './message.ts';
import { pain002 } from './structure/pain002.ts';
import { all, find, textAt, textOf, type XmlElement } from './xml/element.ts';

/** What a bank's word means for us. What is none of these is PENDING: the bank will say more. */
export type Verdict =
  /** Taken, or debited from our account; nothing is settled by that. */
  | 'ACCEPTED'
  /** The creditor's account was credited. */
  | 'SETTLED'
  | 'REJECTED'
  | 'CANCELED'
  /** Some of a group were taken and some were not: each payment has its own. */
  | 'PARTIAL'
  | 'PENDING';

export interface StatusReason {
  /** `AC04`, or a word of the bank's own. */
  readonly code: string | null;
  readonly information: readonly string[];
}

export interface StatusWord {
  /** As the bank wrote it: `ACSC`, `RJCT`, ... */
  readonly status: string;
  readonly verdict: Verdict;
  readonly reasons: readonly StatusReason[];
}

export interface TransferStatus {
  readonly originalGroupId: string;
  readonly endToEndId: string | null;
  readonly instructionId: string | null;
  readonly uetr: string | null;
  /** Null where the bank says nothing of this payment but its ids: the word for its group, or for the message, holds. */
  readonly word: StatusWord | null;
  readonly bankReference: string | null;
}

/** A CustomerPaymentStatusReport (pain.002). */
export interface StatusReport {
  readonly messageId: string;
  readonly createdAt: string;
  readonly originalMessageId: string;
  /** `pain.001.001.09`, as the bank wrote it. */
  readonly originalMessageName: string;
  /** For all payments of which nothing else is said. */
  readonly word: StatusWord | null;
  readonly groups: readonly { readonly originalGroupId: string; readonly word: StatusWord | null }[];
  readonly transfers: readonly TransferStatus[];
}

const DEFINITIONS = [{ version: 'pain.002.001.10', structure: pain002 }];

/** ISO's ExternalPaymentTransactionStatus1Code and ExternalPaymentGroupStatus1Code. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  ...{
    ACTC: 'ACCEPTED',
    ACCP: 'ACCEPTED',
    ACSP: 'ACCEPTED',
    ACWC: 'ACCEPTED',
    ACFC: 'ACCEPTED',
    ACWP: 'ACCEPTED',
  },
  // Our account was debited; whether the creditor has the money it does not say.
  ACSC: 'ACCEPTED',
  ACCC: 'SETTLED',
  ...{ RJCT: 'REJECTED', CANC: 'CANCELED', PART: 'PARTIAL', PATC: 'PARTIAL' },
};

/**
 * What a bank says of payments that it was handed.
 *
 * @param bytes pain.002.001.10 in UTF-8, at most 20 MB
 * @throws {MessageError} with all faults, up to 50
 */
export function readStatusReport(bytes: Uint8Array): StatusReport {
  const { message } = readMessage(bytes, DEFINITIONS);
  const original = find(message, 'OrgnlGrpInfAndSts');
  const groups = all(message, 'OrgnlPmtInfAndSts');
  checkCounts(groups);
  return {
    messageId: textOf(message, 'GrpHdr/MsgId'),
    createdAt: textOf(message, 'GrpHdr/CreDtTm').trim(),
    originalMessageId: textOf(original, 'OrgnlMsgId'),
    originalMessageName: textOf(original, 'OrgnlMsgNmId'),
    word: wordOf(original, 'GrpSts'),
    groups: groups.map((group) => ({
      originalGroupId: textOf(group, 'OrgnlPmtInfId'),
      word: wordOf(group, 'PmtInfSts'),
    })),
    transfers: groups.flatMap((group) => all(group, 'TxInfAndSts').map((one) => transferOf(group, one))),
  };
}

/** The word that holds for a payment: its own, else that of its group, else that of the message; null where none does. */
export function wordFor(report: StatusReport, groupId: string, endToEndId: string): StatusWord | null {
  const transfer = report.transfers.find(
    (one) => one.originalGroupId === groupId && one.endToEndId === endToEndId,
  );
  const group = report.groups.find(({ originalGroupId }) => originalGroupId === groupId);
  return transfer?.word ?? group?.word ?? report.word;
}

export function verdictOf(status: string): Verdict {
  return VERDICTS[status] ?? 'PENDING';
}

function transferOf(group: XmlElement, of: XmlElement): TransferStatus {
  return {
    originalGroupId: textOf(group, 'OrgnlPmtInfId'),
    endToEndId: textAt(of, 'OrgnlEndToEndId'),
    instructionId: textAt(of, 'OrgnlInstrId'),
    uetr: textAt(of, 'OrgnlUETR'),
    word: wordOf(of, 'TxSts'),
    bankReference: textAt(of, 'AcctSvcrRef'),
  };
}

function wordOf(of: XmlElement | null, name: string): StatusWord | null {
  const status = textAt(of, name);
  if (status === null) return null;
  const reasons = all(of, 'StsRsnInf').map((reason) => ({
    code: textAt(reason, 'Rsn/Cd') ?? textAt(reason, 'Rsn/Prtry'),
    information: all(reason, 'AddtlInf').map(({ text }) => text),
  }));
  return { status, verdict: verdictOf(status), reasons };
}

/** Where a bank says how many there are of a status, and lists payments of it, it lists as many. */
function checkCounts(groups: readonly XmlElement[]): void {
  const faults = createFaults();
  for (const [at, group] of groups.entries()) {
    const statuses = all(group, 'TxInfAndSts').map((one) => textAt(one, 'TxSts'));
    for (const [index, per] of all(group, 'NbOfTxsPerSts').entries()) {
      const listed = statuses.filter((status) => status === textOf(per, 'DtldSts')).length;
      const said = textOf(per, 'DtldNbOfTxs');
      const path = `Document/CstmrPmtStsRpt/OrgnlPmtInfAndSts[${at + 1}]/NbOfTxsPerSts[${index + 1}]/DtldNbOfTxs`;
      if (listed > 0 && BigInt(said) !== BigInt(listed))
        faults.add('TOTALS', path, said, `${listed}, as payments of that status are listed`);
    }
  }
  faults.end();
}
