import { checkIds, controlSumOf } from './checkInitiation.ts';
import { CURRENCY_SCALES, minorOf, SUM_SCALE } from './decimal.ts';
import { type CreditTransfer, INITIATIONS, type Initiation, type PaymentGroup } from './initiation.ts';
import { createFaults, type MessageFaults, readMessage } from './message.ts';
import { accountOf, agentOf, type BankAccount, type Names, type Party, partyOf } from './party.ts';
import { all, find, textAt, textOf, type XmlElement } from './xml/element.ts';

const ROOT = 'Document/CstmrCdtTrfInitn';
const NOBODY: Party = { name: '', address: null, organizationId: null };
const NOWHERE: BankAccount = { kind: 'OTHER', id: '', scheme: null };

interface Reading {
  readonly names: Names;
  readonly scales: ReadonlyMap<string, number>;
  readonly faults: MessageFaults;
}

/**
 * The payments of a pain.001.001.09 or .03, as a customer hands them in: structure, counts, control sums and ids are
 * checked first, and every payment has an amount, a creditor with a name, and an account.
 *
 * @param bytes UTF-8, at most 20 MB
 * @throws {MessageError} with all faults, up to 50
 */
export function readInitiation(
  bytes: Uint8Array,
  scales: ReadonlyMap<string, number> = CURRENCY_SCALES,
): Initiation {
  const { definition, message } = readMessage(bytes, INITIATIONS);
  const reading: Reading = { names: definition.names, scales, faults: createFaults() };
  const header = find(message, 'GrpHdr');
  const elements = all(message, 'PmtInf');
  const groups = elements.map((group, at) => groupOf(group, `${ROOT}/PmtInf[${at + 1}]`, reading));
  const initiation = {
    messageId: textOf(header, 'MsgId'),
    createdAt: textOf(header, 'CreDtTm').trim(),
    initiatingParty: partyOf(find(header, 'InitgPty')) ?? NOBODY,
    groups,
  };
  checkSum(
    header,
    groups.flatMap(({ transfers }) => transfers),
    `${ROOT}/GrpHdr`,
    reading,
  );
  for (const [at, group] of elements.entries())
    checkSum(group, groups[at]?.transfers ?? [], `${ROOT}/PmtInf[${at + 1}]`, reading);
  checkIds(initiation, reading.faults);
  reading.faults.end();
  return initiation;
}

function groupOf(of: XmlElement, path: string, reading: Reading): PaymentGroup {
  const day = find(of, 'ReqdExctnDt');
  const text = textAt(day, 'Dt') ?? textAt(day, 'DtTm') ?? day?.text ?? '';
  if (textOf(of, 'PmtMtd') === 'CHK') reading.faults.add('STRUCTURE', `${path}/PmtMtd`, 'CHK', 'TRF or TRA');
  const type = find(of, 'PmtTpInf');
  return {
    id: textOf(of, 'PmtInfId'),
    requestedOn: text.trim().slice(0, 10),
    serviceLevel: textAt(type, 'SvcLvl/Cd'),
    localInstrument: textAt(type, 'LclInstrm/Cd'),
    categoryPurpose: textAt(type, 'CtgyPurp/Cd'),
    chargeBearer: chargeBearerOf(textAt(of, 'ChrgBr')),
    debtor: partyOf(find(of, 'Dbtr')) ?? NOBODY,
    debtorAccount: accountOf(find(of, 'DbtrAcct')) ?? NOWHERE,
    debtorAgent: agentOf(find(of, 'DbtrAgt'), reading.names),
    transfers: all(of, 'CdtTrfTxInf').map((one, at) =>
      transferOf(one, `${path}/CdtTrfTxInf[${at + 1}]`, reading),
    ),
  };
}

function transferOf(of: XmlElement, path: string, reading: Reading): CreditTransfer {
  const { faults, names } = reading;
  const amount = find(of, 'Amt/InstdAmt');
  if (amount === null) faults.add('STRUCTURE', `${path}/Amt`, 'EqvtAmt', 'element InstdAmt');
  const creditor = partyOf(find(of, 'Cdtr'));
  if (creditor === null) faults.add('STRUCTURE', `${path}/Cdtr`, null, 'a creditor with a name');
  const creditorAccount = accountOf(find(of, 'CdtrAcct'));
  if (creditorAccount === null) faults.add('STRUCTURE', `${path}/CdtrAcct`, null, 'an account');
  const remittance = all(find(of, 'RmtInf'), 'Ustrd').map(({ text }) => text);
  return {
    instructionId: textAt(of, 'PmtId/InstrId'),
    endToEndId: textOf(of, 'PmtId/EndToEndId'),
    uetr: textAt(of, 'PmtId/UETR'),
    amountMinor: amount === null ? 0n : amountMinorOf(amount, `${path}/Amt/InstdAmt`, reading),
    currency: amount?.attributes.Ccy ?? '',
    creditor: creditor ?? NOBODY,
    creditorAccount: creditorAccount ?? NOWHERE,
    creditorAgent: agentOf(find(of, 'CdtrAgt'), names),
    purpose: textAt(of, 'Purp/Cd'),
    remittance: remittance.length === 0 ? null : remittance.join(' '),
  };
}

function amountMinorOf(of: XmlElement, path: string, { scales, faults }: Reading): bigint {
  const currency = of.attributes.Ccy ?? '';
  const scale = scales.get(currency);
  if (scale === undefined) {
    faults.add('STRUCTURE', path, currency, `one of ${[...scales.keys()].join(', ')}`);
    return 0n;
  }
  const amountMinor = minorOf(of.text, scale);
  if (amountMinor === null)
    faults.add('STRUCTURE', path, of.text, `${scale} decimals of ${currency} at most`);
  else if (amountMinor === 0n) faults.add('STRUCTURE', path, of.text, 'an amount above zero');
  return amountMinor ?? 0n;
}

function checkSum(
  of: XmlElement | null,
  transfers: readonly CreditTransfer[],
  path: string,
  reading: Reading,
): void {
  const { count, units } = controlSumOf(transfers, reading.scales);
  const written = textAt(of, 'NbOfTxs');
  if (written !== null && BigInt(written) !== BigInt(count))
    reading.faults.add('TOTALS', `${path}/NbOfTxs`, written, `${count}, as there are payments`);
  const sum = textAt(of, 'CtrlSum');
  if (sum !== null && minorOf(sum, SUM_SCALE) !== units)
    reading.faults.add('TOTALS', `${path}/CtrlSum`, sum, 'the sum of its payments');
}

function chargeBearerOf(text: string | null): PaymentGroup['chargeBearer'] {
  return text === 'DEBT' || text === 'CRED' || text === 'SHAR' || text === 'SLEV' ? text : null;
}
