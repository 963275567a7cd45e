import { account, agent, codeOrWord, oldAccount, oldAgent, oldParty, party } from './party.ts';
import { oldRemittance, purpose, remittance } from './remittance.ts';
import {
  amount,
  boolean,
  choice,
  code35,
  codes,
  count15,
  currency,
  date,
  dateTime,
  many,
  max35,
  max128,
  max140,
  maybe,
  one,
  sequence,
  some,
  sum,
  type Type,
  uetr,
  unread,
} from './types.ts';

/** Versions of CustomerCreditTransferInitiation that are written and read. */
export const PAIN_001_VERSIONS = ['pain.001.001.09', 'pain.001.001.03'] as const;

export type Pain001Version = (typeof PAIN_001_VERSIONS)[number];

interface Parts {
  readonly party: Type;
  readonly agent: Type;
  readonly account: Type;
  readonly paymentType: Type;
  readonly executionDate: Type;
  readonly paymentId: Type;
  readonly remittance: Type;
  /** What the newer version alone has. */
  readonly isNew: boolean;
}

const priority = codes('HIGH', 'NORM');
const chargeBearer = codes('DEBT', 'CRED', 'SHAR', 'SLEV');
const localInstrument = choice(one('Cd', code35), one('Prtry', max35));
const authorisation = choice(one('Cd', codes('AUTH', 'FDET', 'FSUM', 'ILEV')), one('Prtry', max128));
const transferAmount = choice(
  one('InstdAmt', amount),
  one('EqvtAmt', sequence(one('Amt', amount), one('CcyOfTrf', currency))),
);
const creditorInstruction = sequence(
  maybe('Cd', codes('CHQB', 'HOLD', 'PHOB', 'TELB')),
  maybe('InstrInf', max140),
);

const PARTS: Readonly<Record<Pain001Version, Parts>> = {
  'pain.001.001.09': {
    party,
    agent,
    account,
    // PaymentTypeInformation26.
    paymentType: sequence(
      ...[maybe('InstrPrty', priority), many('SvcLvl', codeOrWord), maybe('LclInstrm', localInstrument)],
      maybe('CtgyPurp', codeOrWord),
    ),
    executionDate: choice(one('Dt', date), one('DtTm', dateTime)),
    paymentId: sequence(maybe('InstrId', max35), one('EndToEndId', max35), maybe('UETR', uetr)),
    remittance,
    isNew: true,
  },
  'pain.001.001.03': {
    party: oldParty,
    agent: oldAgent,
    account: oldAccount,
    // PaymentTypeInformation19.
    paymentType: sequence(
      ...[maybe('InstrPrty', priority), maybe('SvcLvl', codeOrWord), maybe('LclInstrm', localInstrument)],
      maybe('CtgyPurp', codeOrWord),
    ),
    executionDate: date,
    paymentId: sequence(maybe('InstrId', max35), one('EndToEndId', max35)),
    remittance: oldRemittance,
    isNew: false,
  },
};

/** The definition of `Document` in that version. */
export function pain001(version: Pain001Version): Type {
  const of = PARTS[version];
  const header = sequence(
    ...[one('MsgId', max35), one('CreDtTm', dateTime), many('Authstn', authorisation, 2)],
    ...[
      one('NbOfTxs', count15),
      maybe('CtrlSum', sum),
      one('InitgPty', of.party),
      maybe('FwdgAgt', of.agent),
    ],
  );
  const supplementary = of.isNew ? [many('SplmtryData', unread)] : [];
  return sequence(
    one('CstmrCdtTrfInitn', sequence(one('GrpHdr', header), some('PmtInf', group(of)), ...supplementary)),
  );
}

function group(of: Parts): Type {
  return sequence(
    ...[one('PmtInfId', max35), one('PmtMtd', codes('CHK', 'TRF', 'TRA')), maybe('BtchBookg', boolean)],
    ...[maybe('NbOfTxs', count15), maybe('CtrlSum', sum), maybe('PmtTpInf', of.paymentType)],
    ...[one('ReqdExctnDt', of.executionDate), maybe('PoolgAdjstmntDt', date), one('Dbtr', of.party)],
    ...[one('DbtrAcct', of.account), one('DbtrAgt', of.agent), maybe('DbtrAgtAcct', of.account)],
    ...(of.isNew ? [maybe('InstrForDbtrAgt', max140)] : []),
    ...[maybe('UltmtDbtr', of.party), maybe('ChrgBr', chargeBearer), maybe('ChrgsAcct', of.account)],
    ...[maybe('ChrgsAcctAgt', of.agent), some('CdtTrfTxInf', transfer(of))],
  );
}

function transfer(of: Parts): Type {
  return sequence(
    ...[one('PmtId', of.paymentId), maybe('PmtTpInf', of.paymentType), one('Amt', transferAmount)],
    ...[maybe('XchgRateInf', unread), maybe('ChrgBr', chargeBearer), maybe('ChqInstr', unread)],
    ...[maybe('UltmtDbtr', of.party), maybe('IntrmyAgt1', of.agent), maybe('IntrmyAgt1Acct', of.account)],
    ...[maybe('IntrmyAgt2', of.agent), maybe('IntrmyAgt2Acct', of.account), maybe('IntrmyAgt3', of.agent)],
    ...[maybe('IntrmyAgt3Acct', of.account), maybe('CdtrAgt', of.agent), maybe('CdtrAgtAcct', of.account)],
    ...[maybe('Cdtr', of.party), maybe('CdtrAcct', of.account), maybe('UltmtCdtr', of.party)],
    ...[
      many('InstrForCdtrAgt', creditorInstruction),
      maybe('InstrForDbtrAgt', max140),
      maybe('Purp', purpose),
    ],
    ...[many('RgltryRptg', unread, 10), maybe('Tax', unread), many('RltdRmtInf', unread, 10)],
    maybe('RmtInf', of.remittance),
    ...(of.isNew ? [many('SplmtryData', unread)] : []),
  );
}
