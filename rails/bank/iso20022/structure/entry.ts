import { account, agent, codeOrWord, party, partyOrAgent } from './party.ts';
import { purpose, remittance } from './remittance.ts';
import {
  amount,
  boolean,
  choice,
  code4,
  code35,
  codes,
  count15,
  currency,
  date,
  dateTime,
  daysAhead,
  direction,
  many,
  max35,
  max105,
  max500,
  maybe,
  one,
  rate,
  sequence,
  type Type,
  uetr,
  unread,
} from './types.ts';

const dateOrTime = choice(one('Dt', date), one('DtTm', dateTime));
const availability = sequence(
  one('Dt', choice(one('NbOfDays', daysAhead), one('ActlDt', date))),
  ...[one('Amt', amount), one('CdtDbtInd', direction)],
);

/** BankTransactionCodeStructure4. */
export const bankTransactionCode: Type = sequence(
  maybe('Domn', sequence(one('Cd', code4), one('Fmly', sequence(one('Cd', code4), one('SubFmlyCd', code4))))),
  maybe('Prtry', sequence(one('Cd', max35), maybe('Issr', max35))),
);

const exchange = sequence(
  ...[one('SrcCcy', currency), maybe('TrgtCcy', currency), maybe('UnitCcy', currency), one('XchgRate', rate)],
  ...[maybe('CtrctId', max35), maybe('QtnDt', dateTime)],
);
const exchanged = sequence(one('Amt', amount), maybe('CcyXchg', exchange));
/** AmountAndCurrencyExchange3. */
const amountDetails = sequence(
  ...[maybe('InstdAmt', exchanged), maybe('TxAmt', exchanged), maybe('CntrValAmt', exchanged)],
  maybe('AnncdPstngAmt', exchanged),
  many('PrtryAmt', sequence(one('Tp', max35), one('Amt', amount), maybe('CcyXchg', exchange))),
);

/** Charges6. */
const charges = sequence(
  maybe('TtlChrgsAndTaxAmt', amount),
  many(
    'Rcrd',
    sequence(
      ...[one('Amt', amount), maybe('CdtDbtInd', direction), maybe('ChrgInclInd', boolean)],
      maybe('Tp', choice(one('Cd', code4), one('Prtry', sequence(one('Id', max35), maybe('Issr', max35))))),
      ...[maybe('Rate', rate), maybe('Br', codes('DEBT', 'CRED', 'SHAR', 'SLEV')), maybe('Agt', agent)],
      maybe('Tax', sequence(maybe('Id', max35), maybe('Rate', rate), maybe('Amt', amount))),
    ),
  ),
);

/** TransactionReferences6. */
const references = sequence(
  ...[maybe('MsgId', max35), maybe('AcctSvcrRef', max35), maybe('PmtInfId', max35), maybe('InstrId', max35)],
  ...[maybe('EndToEndId', max35), maybe('UETR', uetr), maybe('TxId', max35), maybe('MndtId', max35)],
  ...[maybe('ChqNb', max35), maybe('ClrSysRef', max35), maybe('AcctOwnrTxId', max35)],
  ...[maybe('AcctSvcrTxId', max35), maybe('MktInfrstrctrTxId', max35), maybe('PrcgId', max35)],
  many('Prtry', sequence(one('Tp', max35), one('Ref', max35))),
);

/** TransactionParties6. */
const parties = sequence(
  ...[maybe('InitgPty', partyOrAgent), maybe('Dbtr', partyOrAgent), maybe('DbtrAcct', account)],
  ...[maybe('UltmtDbtr', partyOrAgent), maybe('Cdtr', partyOrAgent), maybe('CdtrAcct', account)],
  ...[maybe('UltmtCdtr', partyOrAgent), maybe('TradgPty', partyOrAgent)],
  many('Prtry', sequence(one('Tp', max35), one('Pty', partyOrAgent))),
);

/** TransactionAgents5. */
const agents = sequence(
  ...[maybe('InstgAgt', agent), maybe('InstdAgt', agent), maybe('DbtrAgt', agent), maybe('CdtrAgt', agent)],
  ...[maybe('IntrmyAgt1', agent), maybe('IntrmyAgt2', agent), maybe('IntrmyAgt3', agent)],
  ...[maybe('RcvgAgt', agent), maybe('DlvrgAgt', agent), maybe('IssgAgt', agent), maybe('SttlmPlc', agent)],
  many('Prtry', sequence(one('Tp', max35), one('Agt', agent))),
);

/** TransactionDates3. */
const dates = sequence(
  ...[maybe('AccptncDtTm', dateTime), maybe('TradActvtyCtrctlSttlmDt', date), maybe('TradDt', date)],
  ...[maybe('IntrBkSttlmDt', date), maybe('StartDt', date), maybe('EndDt', date), maybe('TxDtTm', dateTime)],
  many('Prtry', sequence(one('Tp', max35), one('Dt', dateOrTime))),
);

/** PaymentReturnReason5. */
const returnReason = sequence(
  ...[maybe('OrgnlBkTxCd', bankTransactionCode), maybe('Orgtr', party), maybe('Rsn', codeOrWord)],
  many('AddtlInf', max105),
);

/** EntryTransaction10; securities, taxes and cards are not looked into. */
const transaction = sequence(
  ...[maybe('Refs', references), maybe('Amt', amount), maybe('CdtDbtInd', direction)],
  ...[maybe('AmtDtls', amountDetails), many('Avlbty', availability), maybe('BkTxCd', bankTransactionCode)],
  ...[
    maybe('Chrgs', charges),
    maybe('Intrst', unread),
    maybe('RltdPties', parties),
    maybe('RltdAgts', agents),
  ],
  ...[maybe('LclInstrm', choice(one('Cd', code35), one('Prtry', max35))), maybe('Purp', purpose)],
  ...[many('RltdRmtInf', unread, 10), maybe('RmtInf', remittance), maybe('RltdDts', dates)],
  ...[
    maybe('RltdPric', unread),
    many('RltdQties', unread),
    maybe('FinInstrmId', unread),
    maybe('Tax', unread),
  ],
  ...[maybe('RtrInf', returnReason), maybe('CorpActn', unread), maybe('SfkpgAcct', unread)],
  ...[
    many('CshDpst', unread),
    maybe('CardTx', unread),
    maybe('AddtlTxInf', max500),
    many('SplmtryData', unread),
  ],
);

/** BatchInformation2. */
const batch = sequence(
  ...[maybe('MsgId', max35), maybe('PmtInfId', max35), maybe('NbOfTxs', count15), maybe('TtlAmt', amount)],
  maybe('CdtDbtInd', direction),
);

/** ReportEntry10. */
export const entry: Type = sequence(
  ...[maybe('NtryRef', max35), one('Amt', amount), one('CdtDbtInd', direction), maybe('RvslInd', boolean)],
  ...[one('Sts', codeOrWord), maybe('BookgDt', dateOrTime), maybe('ValDt', dateOrTime)],
  ...[maybe('AcctSvcrRef', max35), many('Avlbty', availability), one('BkTxCd', bankTransactionCode)],
  ...[maybe('ComssnWvrInd', boolean)],
  maybe('AddtlInfInd', sequence(maybe('MsgNmId', max35), maybe('MsgId', max35))),
  ...[maybe('AmtDtls', amountDetails), maybe('Chrgs', charges), maybe('TechInptChanl', codeOrWord)],
  ...[maybe('Intrst', unread), maybe('CardTx', unread)],
  many('NtryDtls', sequence(maybe('Btch', batch), many('TxDtls', transaction))),
  maybe('AddtlNtryInf', max500),
);
