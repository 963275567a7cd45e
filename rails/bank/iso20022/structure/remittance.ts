import { codeOrWord } from './party.ts';
import { choice, codes, many, max35, max140, maybe, one, sequence, type Type, unread } from './types.ts';

const referenceType = sequence(
  one(
    'CdOrPrtry',
    choice(one('Cd', codes('RADM', 'RPIN', 'FXDR', 'DISP', 'PUOR', 'SCOR')), one('Prtry', max35)),
  ),
  maybe('Issr', max35),
);
const creditorReference = sequence(maybe('Tp', referenceType), maybe('Ref', max35));

/** RemittanceInformation16; of what is structured only the creditor's reference is looked into. */
export const remittance: Type = sequence(
  many('Ustrd', max140),
  many(
    'Strd',
    sequence(
      ...[many('RfrdDocInf', unread), maybe('RfrdDocAmt', unread), maybe('CdtrRefInf', creditorReference)],
      ...[
        maybe('Invcr', unread),
        maybe('Invcee', unread),
        maybe('TaxRmt', unread),
        maybe('GrnshmtRmt', unread),
      ],
      many('AddtlRmtInf', max140, 3),
    ),
  ),
);

/** RemittanceInformation5, of the messages of 2009. */
export const oldRemittance: Type = sequence(
  many('Ustrd', max140),
  many(
    'Strd',
    sequence(
      ...[many('RfrdDocInf', unread), maybe('RfrdDocAmt', unread), maybe('CdtrRefInf', creditorReference)],
      ...[maybe('Invcr', unread), maybe('Invcee', unread), many('AddtlRmtInf', max140, 3)],
    ),
  ),
);

export const purpose: Type = codeOrWord;
