import { agent, codeOrWord, party } from './party.ts';
import {
  amount,
  code4,
  count15,
  dateTime,
  many,
  max35,
  max105,
  maybe,
  one,
  sequence,
  sum,
  type Type,
  uetr,
  unread,
} from './types.ts';

const reasons = many(
  'StsRsnInf',
  sequence(maybe('Orgtr', party), maybe('Rsn', codeOrWord), many('AddtlInf', max105)),
);
const perStatus = many(
  'NbOfTxsPerSts',
  sequence(one('DtldNbOfTxs', count15), one('DtldSts', code4), maybe('DtldCtrlSum', sum)),
);

const header = sequence(
  ...[one('MsgId', max35), one('CreDtTm', dateTime), maybe('InitgPty', party), maybe('FwdgAgt', agent)],
  ...[maybe('DbtrAgt', agent), maybe('CdtrAgt', agent)],
);

const originalGroup = sequence(
  ...[one('OrgnlMsgId', max35), one('OrgnlMsgNmId', max35), maybe('OrgnlCreDtTm', dateTime)],
  ...[maybe('OrgnlNbOfTxs', count15), maybe('OrgnlCtrlSum', sum), maybe('GrpSts', code4), reasons, perStatus],
);

/** PaymentTransaction105. */
const transaction = sequence(
  ...[maybe('StsId', max35), maybe('OrgnlInstrId', max35), maybe('OrgnlEndToEndId', max35)],
  ...[maybe('OrgnlUETR', uetr), maybe('TxSts', code4), reasons],
  many('ChrgsInf', sequence(one('Amt', amount), one('Agt', agent))),
  ...[maybe('TrckrData', unread), maybe('AccptncDtTm', dateTime), maybe('AcctSvcrRef', max35)],
  ...[maybe('ClrSysRef', max35), maybe('OrgnlTxRef', unread), many('SplmtryData', unread)],
);

/** OriginalPaymentInstruction32. */
const originalPayment = sequence(
  ...[one('OrgnlPmtInfId', max35), maybe('OrgnlNbOfTxs', count15), maybe('OrgnlCtrlSum', sum)],
  ...[maybe('PmtInfSts', code4), reasons, perStatus, many('TxInfAndSts', transaction)],
);

/** The definition of `Document` of CustomerPaymentStatusReportV10. */
export const pain002: Type = sequence(
  one(
    'CstmrPmtStsRpt',
    sequence(
      ...[one('GrpHdr', header), one('OrgnlGrpInfAndSts', originalGroup)],
      ...[many('OrgnlPmtInfAndSts', originalPayment), many('SplmtryData', unread)],
    ),
  ),
);
