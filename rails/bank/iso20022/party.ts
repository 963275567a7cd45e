import { all, element, find, optional, textAt, type XmlElement } from './xml/element.ts';

export interface Address {
  /** Two capitals. */
  readonly country: string | null;
  readonly town: string | null;
  readonly postCode: string | null;
  readonly street: string | null;
  /** What is in none of the fields above, seven lines of 70 letters at most. */
  readonly lines: readonly string[];
}

/** Somebody who pays or is paid. */
export interface Party {
  readonly name: string;
  readonly address: Address | null;
  /** An id that the bank gave to an organization, where it asks for one. */
  readonly organizationId: string | null;
}

/** An account at a bank; `scheme` says what kind of number `id` is, as a code of ISO or in the bank's own word. */
export type BankAccount =
  | { readonly kind: 'IBAN'; readonly iban: string }
  | { readonly kind: 'OTHER'; readonly id: string; readonly scheme: string | null };

/** A bank. */
export interface Agent {
  readonly bic: string | null;
  /** `USABA` with a routing number, `GBDSC` with a sort code, `INFSC` with an IFSC, ... */
  readonly clearing: { readonly system: string; readonly memberId: string } | null;
}

/** Which names the elements of a version have. */
export interface Names {
  readonly bic: 'BICFI' | 'BIC';
}

const SCHEME_CODE_LENGTH_MAX = 4;

export function partyElement(name: string, party: Party): XmlElement {
  const { address, organizationId } = party;
  return element(name, [
    element('Nm', party.name),
    address === null
      ? null
      : optional('PstlAdr', [
          optional('StrtNm', address.street),
          optional('PstCd', address.postCode),
          optional('TwnNm', address.town),
          optional('Ctry', address.country),
          ...address.lines.map((line) => element('AdrLine', line)),
        ]),
    organizationId === null
      ? null
      : element('Id', [element('OrgId', [element('Othr', [element('Id', organizationId)])])]),
  ]);
}

/** A party as it stands there, or null where there is none, or none with a name. */
export function partyOf(of: XmlElement | null): Party | null {
  const name = textAt(of, 'Nm');
  if (name === null) return null;
  const address = find(of, 'PstlAdr');
  return {
    name,
    address:
      address === null
        ? null
        : {
            country: textAt(address, 'Ctry'),
            town: textAt(address, 'TwnNm'),
            postCode: textAt(address, 'PstCd'),
            street: textAt(address, 'StrtNm'),
            lines: all(address, 'AdrLine').map(({ text }) => text),
          },
    organizationId: textAt(of, 'Id/OrgId/Othr/Id'),
  };
}

export function accountElement(
  name: string,
  account: BankAccount,
  currency: string | null = null,
): XmlElement {
  const id =
    account.kind === 'IBAN'
      ? element('IBAN', account.iban)
      : element('Othr', [element('Id', account.id), schemeElement(account.scheme)]);
  return element(name, [element('Id', [id]), optional('Ccy', currency)]);
}

function schemeElement(scheme: string | null): XmlElement | null {
  if (scheme === null) return null;
  return element('SchmeNm', [element(scheme.length <= SCHEME_CODE_LENGTH_MAX ? 'Cd' : 'Prtry', scheme)]);
}

export function accountOf(of: XmlElement | null): BankAccount | null {
  const iban = textAt(of, 'Id/IBAN');
  if (iban !== null) return { kind: 'IBAN', iban };
  const id = textAt(of, 'Id/Othr/Id');
  if (id === null) return null;
  const scheme = textAt(of, 'Id/Othr/SchmeNm/Cd') ?? textAt(of, 'Id/Othr/SchmeNm/Prtry');
  return { kind: 'OTHER', id, scheme };
}

/** Where the bank is not named it is told so in words, as an element of that name has to be there. */
export function agentElement(name: string, agent: Agent | null, names: Names): XmlElement {
  const { bic, clearing } = agent ?? { bic: null, clearing: null };
  const isNamed = bic !== null || clearing !== null;
  return element(name, [
    element('FinInstnId', [
      optional(names.bic, bic),
      clearing === null
        ? null
        : element('ClrSysMmbId', [
            element('ClrSysId', [element('Cd', clearing.system)]),
            element('MmbId', clearing.memberId),
          ]),
      isNamed ? null : element('Othr', [element('Id', 'NOTPROVIDED')]),
    ]),
  ]);
}

export function agentOf(of: XmlElement | null, names: Names): Agent | null {
  const bic = textAt(of, `FinInstnId/${names.bic}`);
  const memberId = textAt(of, 'FinInstnId/ClrSysMmbId/MmbId');
  const system = textAt(of, 'FinInstnId/ClrSysMmbId/ClrSysId/Cd');
  if (bic === null && memberId === null) return null;
  return { bic, clearing: memberId === null ? null : { system: system ?? '', memberId } };
}
