import { minorOf } from './decimal.ts';
import { NOT_PROVIDED } from './initiation.ts';
import { dayAt } from './message.ts';
import { accountOf, agentOf } from './party.ts';
import { isTrue, type StatementReading, signedMinorOf } from './signedAmount.ts';
import type { StatementLine, StatementParty } from './statement.ts';
import { all, find, textAt, textOf, type XmlElement } from './xml/element.ts';

/** A line before its id is known to be of it alone. */
type Draft = Omit<StatementLine, 'id'> & { readonly wanted: string };

/** The movements of all entries, payments of a batch one by one where the bank gives their amounts. */
export function linesOf(statement: XmlElement, reading: StatementReading): readonly StatementLine[] {
  const id = textOf(statement, 'Id');
  const drafts = all(statement, 'Ntry').flatMap((entry, at) =>
    draftsOf(entry, `${id}#${at + 1}`, `${reading.path}/Ntry[${at + 1}]`, reading),
  );
  const seen = new Map<string, number>();
  return drafts.map(({ wanted, ...line }) => {
    const times = (seen.get(wanted) ?? 0) + 1;
    seen.set(wanted, times);
    return { id: times === 1 ? wanted : `${wanted}~${times}`, ...line };
  });
}

function draftsOf(
  entry: XmlElement,
  place: string,
  path: string,
  reading: StatementReading,
): readonly Draft[] {
  const amountMinor = signedMinorOf(entry, `${path}/Amt`, reading);
  const details = all(entry, 'NtryDtls').flatMap((one) => all(one, 'TxDtls'));
  const [only] = details;
  const reference = textAt(entry, 'AcctSvcrRef') ?? textAt(entry, 'NtryRef') ?? place;
  if (details.length <= 1) {
    const wanted = textAt(only ?? null, 'Refs/AcctSvcrRef') ?? reference;
    return [draft(entry, only ?? null, amountMinor, wanted)];
  }
  const amounts = details.map((one) => detailMinorOf(one, entry, reading));
  if (!amounts.every((amount) => amount !== null)) return [draft(entry, null, amountMinor, reference)];
  const lines = details.map((one, at) =>
    draft(entry, one, amounts[at] ?? 0n, textAt(one, 'Refs/AcctSvcrRef') ?? `${reference}/${at + 1}`),
  );
  const rest = amountMinor - amounts.reduce((sum, amount) => sum + amount, 0n);
  if (rest === 0n) return lines;
  // What a bank keeps for a batch it takes from the entry and not from its payments.
  const hasCharges = find(entry, 'Chrgs') !== null || details.some((one) => find(one, 'Chrgs') !== null);
  if (!hasCharges) {
    const text = textOf(entry, 'Amt');
    reading.faults.add('TOTALS', `${path}/Amt`, text, 'the sum of its TxDtls, as there are no Chrgs');
  }
  return [...lines, draft(entry, null, rest, `${reference}/charges`)];
}

/** The amount of one payment of a batch, or null where it is not given in the currency of the account. */
function detailMinorOf(
  of: XmlElement,
  entry: XmlElement,
  { currency, scale }: StatementReading,
): bigint | null {
  const candidates = [find(of, 'Amt'), find(of, 'AmtDtls/TxAmt/Amt')];
  const amount = candidates.find((one) => one?.attributes.Ccy === currency) ?? null;
  const amountMinor = amount === null ? null : minorOf(amount.text, scale);
  if (amountMinor === null) return null;
  const direction = textAt(of, 'CdtDbtInd') ?? textOf(entry, 'CdtDbtInd');
  return direction === 'DBIT' ? -amountMinor : amountMinor;
}

function draft(entry: XmlElement, of: XmlElement | null, amountMinor: bigint, wanted: string): Draft {
  const endToEndId = textAt(of, 'Refs/EndToEndId');
  const returned = find(of, 'RtrInf');
  const remittance = all(find(of, 'RmtInf'), 'Ustrd').map(({ text }) => text);
  const reference = find(find(of, 'RmtInf'), 'Strd/CdtrRefInf/Ref')?.text ?? null;
  return {
    wanted,
    bankReference: textAt(of, 'Refs/AcctSvcrRef') ?? textAt(entry, 'AcctSvcrRef'),
    amountMinor,
    status: textAt(entry, 'Sts/Cd') ?? textOf(entry, 'Sts/Prtry'),
    bookedOn: dayAt(entry, 'BookgDt'),
    valueOn: dayAt(entry, 'ValDt'),
    isReversal: isTrue(textOf(entry, 'RvslInd')),
    endToEndId: endToEndId === NOT_PROVIDED ? null : endToEndId,
    messageId: textAt(of, 'Refs/MsgId') ?? textAt(entry, 'NtryDtls/Btch/MsgId'),
    // A bank that books a group as a whole names it here.
    groupId: textAt(of, 'Refs/PmtInfId') ?? textAt(entry, 'NtryDtls/Btch/PmtInfId'),
    instructionId: textAt(of, 'Refs/InstrId'),
    uetr: textAt(of, 'Refs/UETR'),
    counterparty: of === null ? null : counterpartyOf(of, amountMinor >= 0n === (returned === null)),
    remittance: remittance.length > 0 ? remittance.join(' ') : reference,
    returnReason:
      returned === null
        ? null
        : {
            code: textAt(returned, 'Rsn/Cd') ?? textAt(returned, 'Rsn/Prtry'),
            information: all(returned, 'AddtlInf').map(({ text }) => text),
          },
    bankCode: bankCodeOf(find(of, 'BkTxCd')) ?? bankCodeOf(find(entry, 'BkTxCd')),
  };
}

/** Who paid us is the debtor, whom we paid the creditor; a return leaves them as they were on the way out. */
function counterpartyOf(of: XmlElement, isDebtor: boolean): StatementParty | null {
  const role = isDebtor ? 'Dbtr' : 'Cdtr';
  const name = textAt(of, `RltdPties/${role}/Pty/Nm`) ?? textAt(of, `RltdPties/${role}/Agt/FinInstnId/Nm`);
  const account = accountOf(find(of, `RltdPties/${role}Acct`));
  const agent = agentOf(find(of, `RltdAgts/${role}Agt`), { bic: 'BICFI' });
  return name === null && account === null && agent === null ? null : { name, account, agent };
}

function bankCodeOf(of: XmlElement | null): string | null {
  const domain = textAt(of, 'Domn/Cd');
  if (domain === null) return textAt(of, 'Prtry/Cd');
  return `${domain}/${textOf(of, 'Domn/Fmly/Cd')}/${textOf(of, 'Domn/Fmly/SubFmlyCd')}`;
}
