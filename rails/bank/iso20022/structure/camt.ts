import { bankTransactionCode, entry } from './entry.ts';
import { codeOrWord, ownedAccount, party, account as relatedAccount } from './party.ts';
import {
  amount,
  boolean,
  choice,
  code4,
  codes,
  count5,
  count15,
  date,
  dateTime,
  daysAhead,
  direction,
  many,
  max35,
  max500,
  maybe,
  one,
  positiveSum,
  sequence,
  some,
  sum,
  type Type,
  unread,
  wholeNumber,
} from './types.ts';

const pagination = sequence(one('PgNb', count5), one('LastPgInd', boolean));
const period = sequence(one('FrDtTm', dateTime), one('ToDtTm', dateTime));
const dateOrTime = choice(one('Dt', date), one('DtTm', dateTime));
const availability = sequence(
  one('Dt', choice(one('NbOfDays', daysAhead), one('ActlDt', date))),
  ...[one('Amt', amount), one('CdtDbtInd', direction)],
);

/** GroupHeader81. */
const header = sequence(
  ...[one('MsgId', max35), one('CreDtTm', dateTime), maybe('MsgRcpt', party), maybe('MsgPgntn', pagination)],
  maybe('OrgnlBizQry', sequence(one('MsgId', max35), maybe('MsgNmId', max35), maybe('CreDtTm', dateTime))),
  maybe('AddtlInf', max500),
);

const creditLine = sequence(
  ...[one('Incl', boolean), maybe('Tp', codeOrWord), maybe('Amt', amount), maybe('Dt', dateOrTime)],
);

/** CashBalance8. */
const balance = sequence(
  one(
    'Tp',
    sequence(one('CdOrPrtry', choice(one('Cd', code4), one('Prtry', max35))), maybe('SubTp', codeOrWord)),
  ),
  ...[many('CdtLine', creditLine), one('Amt', amount), one('CdtDbtInd', direction), one('Dt', dateOrTime)],
  many('Avlbty', availability),
);

const countAndSum = sequence(maybe('NbOfNtries', count15), maybe('Sum', sum));
const net = sequence(one('Amt', positiveSum), one('CdtDbtInd', direction));
const countAndNet = sequence(maybe('NbOfNtries', count15), maybe('Sum', sum), maybe('TtlNetNtry', net));

/** TotalTransactions6. */
const summary = sequence(
  ...[
    maybe('TtlNtries', countAndNet),
    maybe('TtlCdtNtries', countAndSum),
    maybe('TtlDbtNtries', countAndSum),
  ],
  many(
    'TtlNtriesPerBkTxCd',
    sequence(
      ...[maybe('NbOfNtries', count15), maybe('Sum', sum), maybe('TtlNetNtry', net)],
      ...[maybe('CdtNtries', countAndSum), maybe('DbtNtries', countAndSum), maybe('FcstInd', boolean)],
      ...[one('BkTxCd', bankTransactionCode), many('Avlbty', availability), maybe('Dt', dateOrTime)],
    ),
  ),
);

const opening = [one('Id', max35), maybe('StmtPgntn', pagination)];
const notificationOpening = [one('Id', max35), maybe('NtfctnPgntn', pagination)];
const middle = [
  ...[maybe('ElctrncSeqNb', wholeNumber), maybe('RptgSeq', unread), maybe('LglSeqNb', wholeNumber)],
  ...[maybe('CreDtTm', dateTime), maybe('FrToDt', period)],
  ...[maybe('CpyDplctInd', codes('CODU', 'COPY', 'DUPL')), maybe('RptgSrc', codeOrWord)],
  ...[one('Acct', ownedAccount), maybe('RltdAcct', relatedAccount), many('Intrst', unread)],
];

/** AccountStatement9. */
const statement = sequence(
  ...opening,
  ...middle,
  ...[some('Bal', balance), maybe('TxsSummry', summary), many('Ntry', entry), maybe('AddtlStmtInf', max500)],
);

/** AccountNotification17. */
const notification = sequence(
  ...notificationOpening,
  ...middle,
  ...[maybe('TxsSummry', summary), many('Ntry', entry), maybe('AddtlNtfctnInf', max500)],
);

/** The definition of `Document` of BankToCustomerStatementV08. */
export const camt053: Type = sequence(
  one('BkToCstmrStmt', sequence(one('GrpHdr', header), some('Stmt', statement), many('SplmtryData', unread))),
);

/** The definition of `Document` of BankToCustomerDebitCreditNotificationV08. */
export const camt054: Type = sequence(
  one(
    'BkToCstmrDbtCdtNtfctn',
    sequence(one('GrpHdr', header), some('Ntfctn', notification), many('SplmtryData', unread)),
  ),
);
