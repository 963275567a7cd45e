import { parseBic } from '../identifiers/bic.ts';
import { parseIban } from '../identifiers/iban.ts';
import { parseRoutingNumber } from '../identifiers/routingNumber.ts';
import type { AchOriginator } from '../nacha/composeCredits.ts';
import type { IsoOriginator } from './fileBank.ts';
import type { SettingsReader } from './settingsReader.ts';

const NAME_LENGTH_MAX = 70;
const ID_LENGTH_MAX = 34;
const CLEARING_SYSTEM_LENGTH_MAX = 5;

/** Who pays, for a pain.001: `iban`, or `accountNumber` with the bank's `clearing`. */
export function readIsoOriginator(value: unknown, path: string, reader: SettingsReader): IsoOriginator {
  const names = ['name', 'organizationId', 'iban', 'accountNumber', 'bic', 'clearing'];
  const given = reader.fields(value, path, names);
  const read = (name: string, lengthMax: number): string | null =>
    given[name] === undefined ? null : reader.text(given[name], `${path}.${name}`, lengthMax);
  const [iban, number, bic] = [
    read('iban', ID_LENGTH_MAX),
    read('accountNumber', ID_LENGTH_MAX),
    read('bic', 11),
  ];
  if ((iban === null) === (number === null)) reader.fault(path, 'either iban or accountNumber');
  if (iban !== null && !isAsParsed(parseIban, iban)) reader.fault(`${path}.iban`, 'an IBAN without blanks');
  if (bic !== null && !isAsParsed(parseBic, bic)) reader.fault(`${path}.bic`, 'a BIC');
  const clearing = readClearing(given.clearing, `${path}.clearing`, reader);
  return {
    name: reader.text(given.name, `${path}.name`, NAME_LENGTH_MAX),
    organizationId: read('organizationId', ID_LENGTH_MAX),
    account: iban === null ? { kind: 'OTHER', id: number ?? '', scheme: 'BBAN' } : { kind: 'IBAN', iban },
    agent: bic === null && clearing === null ? null : { bic, clearing },
  };
}

function readClearing(value: unknown, path: string, reader: SettingsReader) {
  if (value === undefined) return null;
  const given = reader.fields(value, path, ['system', 'memberId']);
  return {
    system: reader.text(given.system, `${path}.system`, CLEARING_SYSTEM_LENGTH_MAX),
    memberId: reader.text(given.memberId, `${path}.memberId`, ID_LENGTH_MAX),
  };
}

/** Who pays, for a NACHA file, as agreed with the bank. */
export function readAchOriginator(value: unknown, path: string, reader: SettingsReader): AchOriginator {
  const lengths = {
    ...{ destinationRouting: 9, destinationName: 23, immediateOrigin: 10, originName: 23 },
    ...{ odfi: 8, companyName: 16, companyId: 10 },
  };
  const given = reader.fields(value, path, Object.keys(lengths));
  const read = (name: keyof typeof lengths): string =>
    reader.text(given[name], `${path}.${name}`, lengths[name]);
  const originator = {
    ...{ destinationRouting: read('destinationRouting'), destinationName: read('destinationName') },
    ...{ immediateOrigin: read('immediateOrigin'), originName: read('originName') },
    ...{ odfi: read('odfi'), companyName: read('companyName'), companyId: read('companyId') },
  };
  if (!isAsParsed(parseRoutingNumber, originator.destinationRouting)) {
    reader.fault(`${path}.destinationRouting`, 'nine digits with a right check digit');
  }
  if (!/^\d{8}$/.test(originator.odfi)) reader.fault(`${path}.odfi`, 'eight digits');
  return originator;
}

function isAsParsed(parse: (text: string) => { readonly value: string } | object, text: string): boolean {
  const parsed = parse(text);
  return 'value' in parsed && parsed.value === text;
}
