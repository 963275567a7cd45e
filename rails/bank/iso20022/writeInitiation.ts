import { present } from '../../../platform/invariant.ts';
import { sepaText } from '../text/latin.ts';
import { type ControlSum, checkCharacters, checkIds, controlSumOf } from './checkInitiation.ts';
import { CURRENCY_SCALES, decimalOf, sumText } from './decimal.ts';
import {
  type CreditTransfer,
  INITIATIONS,
  type Initiation,
  type InitiationDefinition,
  type PaymentGroup,
} from './initiation.ts';
import { createFaults, writeMessage } from './message.ts';
import { accountElement, agentElement, type Party, partyElement } from './party.ts';
import type { Pain001Version } from './structure/pain001.ts';
import { element, optional, type XmlElement } from './xml/element.ts';

export interface WriteInitiationOptions {
  readonly version: Pain001Version;
  /** `SEPA` writes names and messages in the characters that every bank of SEPA takes; `ANY` leaves them. */
  readonly characters: 'SEPA' | 'ANY';
  /** Minor digits by currency. */
  readonly scales?: ReadonlyMap<string, number>;
}

const NAME_LENGTH_MAX = 70;
const REMITTANCE_LENGTH_MAX = 140;

/**
 * A pain.001 in UTF-8, with counts and exact control sums, after it was checked against its definition.
 *
 * @throws {MessageError} STRUCTURE, CHARACTERS (ids are never changed), DUPLICATE_ID, TOO_LARGE
 */
export function writeInitiation(initiation: Initiation, options: WriteInitiationOptions): string {
  const { version, characters, scales = CURRENCY_SCALES } = options;
  const definition = present(
    INITIATIONS.find((one) => one.version === version),
    version,
  );
  const faults = createFaults();
  checkIds(initiation, faults);
  if (characters === 'SEPA') checkCharacters(initiation, faults);
  for (const { currency } of initiation.groups.flatMap(({ transfers }) => transfers)) {
    if (!scales.has(currency))
      faults.add('STRUCTURE', 'Ccy', currency, 'a currency whose decimals are known');
  }
  faults.end();
  const write: Writer = {
    definition,
    scales,
    party: (name, party) => partyElement(name, characters === 'SEPA' ? plain(party) : party),
    words: (text) => (characters === 'SEPA' ? sepaText(text, REMITTANCE_LENGTH_MAX) : text),
  };
  return writeMessage(definition, messageElement(initiation, write));
}

interface Writer {
  readonly definition: InitiationDefinition;
  readonly scales: ReadonlyMap<string, number>;
  party(name: string, party: Party): XmlElement;
  words(text: string): string;
}

function plain(party: Party): Party {
  const { address } = party;
  const short = (text: string | null): string | null =>
    text === null ? null : sepaText(text, NAME_LENGTH_MAX);
  return {
    ...party,
    name: sepaText(party.name, NAME_LENGTH_MAX),
    address:
      address === null
        ? null
        : {
            country: address.country,
            town: short(address.town),
            postCode: short(address.postCode),
            street: short(address.street),
            lines: address.lines.map((line) => sepaText(line, NAME_LENGTH_MAX)),
          },
  };
}

function messageElement(initiation: Initiation, write: Writer): XmlElement {
  const transfers = initiation.groups.flatMap((group) => group.transfers);
  return element('CstmrCdtTrfInitn', [
    element('GrpHdr', [
      element('MsgId', initiation.messageId),
      element('CreDtTm', initiation.createdAt),
      ...controlElements(controlSumOf(transfers, write.scales)),
      write.party('InitgPty', initiation.initiatingParty),
    ]),
    ...initiation.groups.map((group) => groupElement(group, write)),
  ]);
}

function controlElements({ count, units }: ControlSum): readonly XmlElement[] {
  return [element('NbOfTxs', String(count)), element('CtrlSum', sumText(units))];
}

function groupElement(group: PaymentGroup, write: Writer): XmlElement {
  const { names, version } = write.definition;
  const day = group.requestedOn;
  return element('PmtInf', [
    element('PmtInfId', group.id),
    element('PmtMtd', 'TRF'),
    ...controlElements(controlSumOf(group.transfers, write.scales)),
    optional('PmtTpInf', [
      optional('SvcLvl', codeOf(group.serviceLevel)),
      optional('LclInstrm', codeOf(group.localInstrument)),
      optional('CtgyPurp', codeOf(group.categoryPurpose)),
    ]),
    element('ReqdExctnDt', version === 'pain.001.001.09' ? [element('Dt', day)] : day),
    write.party('Dbtr', group.debtor),
    accountElement('DbtrAcct', group.debtorAccount),
    agentElement('DbtrAgt', group.debtorAgent, names),
    optional('ChrgBr', group.chargeBearer),
    ...group.transfers.map((transfer) => transferElement(transfer, write)),
  ]);
}

function codeOf(code: string | null): readonly XmlElement[] | null {
  return code === null ? null : [element('Cd', code)];
}

function transferElement(transfer: CreditTransfer, write: Writer): XmlElement {
  const { names, version } = write.definition;
  const { amountMinor, currency, creditorAgent, remittance } = transfer;
  const amount = decimalOf(amountMinor, currency, write.scales.get(currency) ?? 0);
  return element('CdtTrfTxInf', [
    element('PmtId', [
      optional('InstrId', transfer.instructionId),
      element('EndToEndId', transfer.endToEndId),
      version === 'pain.001.001.09' ? optional('UETR', transfer.uetr) : null,
    ]),
    element('Amt', [element('InstdAmt', amount, { Ccy: currency })]),
    creditorAgent === null ? null : agentElement('CdtrAgt', creditorAgent, names),
    write.party('Cdtr', transfer.creditor),
    accountElement('CdtrAcct', transfer.creditorAccount),
    optional('Purp', codeOf(transfer.purpose)),
    optional('RmtInf', remittance === null ? null : [element('Ustrd', write.words(remittance))]),
  ]);
}
