import { isAbsolute } from 'node:path';
import { parseId, type Uuid } from '../../../platform/id.ts';
import type { BankRailName } from '../../port.ts';
import { isBankRail } from '../catalog/bankRails.ts';
import { type FileBank, type Gathering, RAILS_OF_FORMAT } from './fileBank.ts';
import { readAchOriginator, readIsoOriginator } from './readOriginator.ts';
import { createSettingsReader, type SettingsReader } from './settingsReader.ts';

/** One line of the operator's list: a bank by files, or the simulated one for some rails. */
export type BankEntry =
  | { readonly kind: 'files'; readonly bank: FileBank }
  | {
      readonly kind: 'simulator';
      readonly rails: readonly BankRailName[];
      readonly organizations: readonly Uuid[] | null;
    };

/** Lists every fault at once, each with its path and what was expected; values are left out. */
export class BanksError extends Error {
  override readonly name = 'BanksError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the banks have ${faults.length} fault(s):\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

const BANKS_MAX = 32;
const CODE = /^[A-Z][A-Z0-9]{0,15}$/;
const ORDERS_MAX = 5_000;
const WAIT_SECONDS_MAX = 86_400;
const SETTLED_MS_MAX = 600_000;
const DEFAULTS = { ordersMax: 1_000, waitSeconds: 300, beforeCutOffSeconds: 900, settledMs: 2_000 };
/** The name of the adapter of simulated banks, which no other may have. */
const RESERVED = 'SIMULATOR';
const COMMON = [
  ...['code', 'kind', 'format', 'rails', 'organizations', 'outbox', 'inbox', 'gathering', 'accounts'],
  ...['arrivals', 'arrivalsFor', 'settledMs', 'originator'],
];

/**
 * The banks that an operator's file names, in the order in which they are asked whether they take a payment.
 *
 * @param value `{ "banks": [...] }` as docs/bank-files.md describes it
 * @throws {BanksError}
 */
export function readBanks(value: unknown): readonly BankEntry[] {
  const faults: string[] = [];
  const reader = createSettingsReader(faults);
  const listed = reader.list(reader.fields(value, 'the file', ['banks']).banks, 'banks', 1, BANKS_MAX);
  const entries = listed.map((one, at) => readEntry(one, `banks[${at}]`, reader));
  const banks = entries.flatMap((entry) => (entry.kind === 'files' ? [entry.bank] : []));
  for (const [at, bank] of banks.entries()) {
    const earlier = banks.slice(0, at);
    if (earlier.some(({ code }) => code === bank.code))
      faults.push(`${bank.code}: expected a code of its own`);
    const folders = earlier.flatMap(({ inbox, outbox }) => [inbox, outbox]);
    if (folders.includes(bank.inbox) || folders.includes(bank.outbox) || bank.inbox === bank.outbox) {
      faults.push(`${bank.code}: expected folders that no other bank has, one for each direction`);
    }
  }
  if (faults.length > 0) throw new BanksError(faults);
  return entries;
}

function readEntry(value: unknown, path: string, reader: SettingsReader): BankEntry {
  const all = [...COMMON, 'characters', 'entryClass', 'entryDescription'];
  const given = reader.fields(value, path, all);
  const kind = reader.oneOf(given.kind, `${path}.kind`, ['files', 'simulator']);
  const organizations = readOrganizations(given.organizations, `${path}.organizations`, reader);
  if (kind === 'simulator') {
    reader.fields(value, path, ['kind', 'rails', 'organizations']);
    return { kind, rails: readRails(given.rails, `${path}.rails`, reader), organizations };
  }
  const formats = ['pain.001.001.09', 'pain.001.001.03', 'NACHA'] as const;
  const format = reader.oneOf(given.format, `${path}.format`, formats);
  const rails = readRails(given.rails, `${path}.rails`, reader);
  for (const rail of rails) {
    const carried = RAILS_OF_FORMAT[format];
    if (!carried.includes(rail)) reader.fault(`${path}.rails`, `for ${format} some of ${carried.join(', ')}`);
  }
  const common = {
    code: readCode(given.code, `${path}.code`, reader),
    ...{ rails, organizations },
    outbox: readFolder(given.outbox, `${path}.outbox`, reader),
    inbox: readFolder(given.inbox, `${path}.inbox`, reader),
    gathering: readGathering(given.gathering, `${path}.gathering`, reader),
    arrivals: reader.oneOf(given.arrivals ?? 'camt.053', `${path}.arrivals`, ['camt.053', 'camt.054']),
    arrivalsFor:
      given.arrivalsFor === undefined
        ? null
        : readOrganization(given.arrivalsFor, `${path}.arrivalsFor`, reader),
    settledMs: reader.integer(given.settledMs ?? DEFAULTS.settledMs, `${path}.settledMs`, 0, SETTLED_MS_MAX),
  };
  return { kind, bank: formed(format, common, given, path, reader) };
}

type CommonSettings = Omit<
  Extract<FileBank, { format: 'NACHA' }>,
  'format' | 'originator' | 'entryClass' | 'entryDescription' | 'accounts'
>;

function formed(
  format: FileBank['format'],
  common: CommonSettings,
  given: Readonly<Record<string, unknown>>,
  path: string,
  reader: SettingsReader,
): FileBank {
  const accountsOf = (own: readonly string[]): readonly string[] =>
    given.accounts === undefined ? own : readTexts(given.accounts, `${path}.accounts`, reader);
  if (format === 'NACHA') {
    return {
      ...common,
      format,
      accounts: accountsOf([]),
      originator: readAchOriginator(given.originator, `${path}.originator`, reader),
      entryClass: reader.oneOf(given.entryClass ?? 'PPD', `${path}.entryClass`, ['PPD', 'CCD']),
      entryDescription: reader.text(given.entryDescription ?? 'PAYMENT', `${path}.entryDescription`, 10),
    };
  }
  const originator = readIsoOriginator(given.originator, `${path}.originator`, reader);
  const { account } = originator;
  return {
    ...common,
    format,
    originator,
    accounts: accountsOf([account.kind === 'IBAN' ? account.iban : account.id]),
    characters: reader.oneOf(given.characters ?? 'SEPA', `${path}.characters`, ['SEPA', 'ANY']),
  };
}

function readGathering(value: unknown, path: string, reader: SettingsReader): Gathering {
  const given = reader.fields(value ?? {}, path, ['ordersMax', 'waitSeconds', 'beforeCutOffSeconds']);
  const read = (name: keyof Gathering, min: number, max: number): number =>
    reader.integer(given[name] ?? DEFAULTS[name], `${path}.${name}`, min, max);
  return {
    ordersMax: read('ordersMax', 1, ORDERS_MAX),
    waitSeconds: read('waitSeconds', 0, WAIT_SECONDS_MAX),
    beforeCutOffSeconds: read('beforeCutOffSeconds', 0, WAIT_SECONDS_MAX),
  };
}

function readRails(value: unknown, path: string, reader: SettingsReader): readonly BankRailName[] {
  const rails = readTexts(value, path, reader);
  for (const rail of rails) if (!isBankRail(rail)) reader.fault(path, 'rails of banks, such as "SEPA"');
  return rails.filter(isBankRail);
}

function readOrganizations(value: unknown, path: string, reader: SettingsReader): readonly Uuid[] | null {
  if (value === undefined) return null;
  return readTexts(value, path, reader).flatMap(
    (id, at) => readOrganization(id, `${path}[${at}]`, reader) ?? [],
  );
}

function readOrganization(value: unknown, path: string, reader: SettingsReader): Uuid | null {
  const id = typeof value === 'string' ? parseId('org', value) : null;
  if (id === null) reader.fault(path, 'the id of an organization');
  return id;
}

const LISTED_MAX = 1_000;
const TEXT_LENGTH_MAX = 70;

function readTexts(value: unknown, path: string, reader: SettingsReader): readonly string[] {
  return reader
    .list(value, path, 1, LISTED_MAX)
    .map((one, at) => reader.text(one, `${path}[${at}]`, TEXT_LENGTH_MAX));
}

function readCode(value: unknown, path: string, reader: SettingsReader): string {
  const code = reader.text(value, path, TEXT_LENGTH_MAX);
  if (!CODE.test(code) || code === RESERVED) {
    reader.fault(path, `1 to 16 capitals and digits that begin with a capital, and not ${RESERVED}`);
  }
  return code;
}

const PATH_LENGTH_MAX = 1_024;

function readFolder(value: unknown, path: string, reader: SettingsReader): string {
  const folder = reader.text(value, path, PATH_LENGTH_MAX);
  if (!isAbsolute(folder)) reader.fault(path, 'the whole path of a folder');
  return folder;
}
