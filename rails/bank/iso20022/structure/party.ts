import {
  alphanumeric4,
  bic,
  choice,
  code4,
  code5,
  codes,
  country,
  currency,
  date,
  iban,
  lei,
  many,
  max4,
  max16,
  max34,
  max35,
  max70,
  max128,
  max140,
  max2048,
  maybe,
  oldBic,
  one,
  phone,
  sequence,
  type Type,
} from './types.ts';

/** A code that ISO lists, or a word of a bank's own. */
export const codeOrWord: Type = choice(one('Cd', code4), one('Prtry', max35));

const addressType = codes('ADDR', 'PBOX', 'HOME', 'BIZZ', 'MLTO', 'DLVY');
const otherId = sequence(one('Id', max35), maybe('SchmeNm', codeOrWord), maybe('Issr', max35));
const birth = sequence(
  one('BirthDt', date),
  maybe('PrvcOfBirth', max35),
  one('CityOfBirth', max35),
  one('CtryOfBirth', country),
);
const privateId = sequence(maybe('DtAndPlcOfBirth', birth), many('Othr', otherId));
const proprietaryAddressType = sequence(
  one('Id', alphanumeric4),
  one('Issr', max35),
  maybe('SchmeNm', max35),
);

/** PostalAddress24. */
const address = sequence(
  maybe('AdrTp', choice(one('Cd', addressType), one('Prtry', proprietaryAddressType))),
  ...[maybe('Dept', max70), maybe('SubDept', max70), maybe('StrtNm', max70), maybe('BldgNb', max16)],
  ...[maybe('BldgNm', max35), maybe('Flr', max70), maybe('PstBx', max16), maybe('Room', max70)],
  ...[maybe('PstCd', max16), maybe('TwnNm', max35), maybe('TwnLctnNm', max35), maybe('DstrctNm', max35)],
  ...[maybe('CtrySubDvsn', max35), maybe('Ctry', country), many('AdrLine', max70, 7)],
);

/** Contact4. */
const contact = sequence(
  maybe('NmPrfx', codes('DOCT', 'MADM', 'MISS', 'MIST', 'MIKS')),
  ...[maybe('Nm', max140), maybe('PhneNb', phone), maybe('MobNb', phone), maybe('FaxNb', phone)],
  ...[maybe('EmailAdr', max2048), maybe('EmailPurp', max35), maybe('JobTitl', max35)],
  ...[maybe('Rspnsblty', max35), maybe('Dept', max70)],
  many('Othr', sequence(one('ChanlTp', max4), maybe('Id', max128))),
  maybe('PrefrdMtd', codes('LETT', 'MAIL', 'PHON', 'FAXX', 'CELL')),
);

/** PartyIdentification135. */
export const party: Type = sequence(
  maybe('Nm', max140),
  maybe('PstlAdr', address),
  maybe(
    'Id',
    choice(
      one('OrgId', sequence(maybe('AnyBIC', bic), maybe('LEI', lei), many('Othr', otherId))),
      one('PrvtId', privateId),
    ),
  ),
  maybe('CtryOfRes', country),
  maybe('CtctDtls', contact),
);

const clearingMember = sequence(
  maybe('ClrSysId', choice(one('Cd', code5), one('Prtry', max35))),
  one('MmbId', max35),
);

/** BranchAndFinancialInstitutionIdentification6. */
export const agent: Type = sequence(
  one(
    'FinInstnId',
    sequence(
      ...[maybe('BICFI', bic), maybe('ClrSysMmbId', clearingMember), maybe('LEI', lei), maybe('Nm', max140)],
      ...[maybe('PstlAdr', address), maybe('Othr', otherId)],
    ),
  ),
  maybe(
    'BrnchId',
    sequence(maybe('Id', max35), maybe('LEI', lei), maybe('Nm', max140), maybe('PstlAdr', address)),
  ),
);

/** Party40Choice. */
export const partyOrAgent: Type = choice(one('Pty', party), one('Agt', agent));

export const accountId: Type = choice(
  one('IBAN', iban),
  one('Othr', sequence(one('Id', max34), maybe('SchmeNm', codeOrWord), maybe('Issr', max35))),
);
const proxy = sequence(maybe('Tp', codeOrWord), one('Id', max2048));
const accountElements = [
  ...[one('Id', accountId), maybe('Tp', codeOrWord), maybe('Ccy', currency), maybe('Nm', max70)],
  maybe('Prxy', proxy),
];

/** CashAccount38. */
export const account: Type = sequence(...accountElements);
/** CashAccount39. */
export const ownedAccount: Type = sequence(...accountElements, maybe('Ownr', party), maybe('Svcr', agent));

/** PostalAddress6, of the messages of 2009. */
const oldAddress = sequence(
  ...[maybe('AdrTp', addressType), maybe('Dept', max70), maybe('SubDept', max70), maybe('StrtNm', max70)],
  ...[maybe('BldgNb', max16), maybe('PstCd', max16), maybe('TwnNm', max35), maybe('CtrySubDvsn', max35)],
  ...[maybe('Ctry', country), many('AdrLine', max70, 7)],
);

/** PartyIdentification32. */
export const oldParty: Type = sequence(
  maybe('Nm', max140),
  maybe('PstlAdr', oldAddress),
  maybe(
    'Id',
    choice(
      one('OrgId', sequence(maybe('BICOrBEI', oldBic), many('Othr', otherId))),
      one('PrvtId', privateId),
    ),
  ),
  maybe('CtryOfRes', country),
  maybe(
    'CtctDtls',
    sequence(
      maybe('NmPrfx', codes('DOCT', 'MIST', 'MISS', 'MADM')),
      ...[maybe('Nm', max140), maybe('PhneNb', phone), maybe('MobNb', phone), maybe('FaxNb', phone)],
      ...[maybe('EmailAdr', max2048), maybe('Othr', max35)],
    ),
  ),
);

/** BranchAndFinancialInstitutionIdentification4. */
export const oldAgent: Type = sequence(
  one(
    'FinInstnId',
    sequence(
      ...[maybe('BIC', oldBic), maybe('ClrSysMmbId', clearingMember), maybe('Nm', max140)],
      ...[maybe('PstlAdr', oldAddress), maybe('Othr', otherId)],
    ),
  ),
  maybe('BrnchId', sequence(maybe('Id', max35), maybe('Nm', max140), maybe('PstlAdr', oldAddress))),
);

/** CashAccount16. */
export const oldAccount: Type = sequence(
  ...[
    one('Id', accountId),
    maybe(
      'Tp',
      choice(
        one(
          'Cd',
          codes(
            'CASH',
            'CHAR',
            'COMM',
            'TAXE',
            'CISH',
            'TRAS',
            'SACC',
            'CACC',
            'SVGS',
            'ONDP',
            'MGLD',
            'NREX',
            'MOMA',
            'LOAN',
            'SLRY',
            'ODFT',
          ),
        ),
        one('Prtry', max35),
      ),
    ),
  ],
  ...[maybe('Ccy', currency), maybe('Nm', max70)],
);
