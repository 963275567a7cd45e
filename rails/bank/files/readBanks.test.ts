import { formatId, newUuid } from '../../../platform/id.ts';
import { createRoute } from '../routeOrders.ts';
import { BanksError, readBanks } from './readBanks.ts';

const OURS = newUuid();
const iso = {
  ...{ code: 'COMMERZ', kind: 'files', format: 'pain.001.001.09', rails: ['SEPA'] },
  ...{ outbox: '/banks/commerz/out', inbox: '/banks/commerz/in' },
  originator: { name: 'Open Money Ltd', iban: 'DE89370400440532013000', bic: 'COBADEFFXXX' },
};
const nacha = {
  ...{ code: 'FEDBANK', kind: 'files', format: 'NACHA', rails: ['ACH'], accounts: ['000999'] },
  ...{ outbox: '/banks/fed/out', inbox: '/banks/fed/in' },
  originator: {
    ...{ destinationRouting: '091000019', destinationName: 'Example Bank', immediateOrigin: '1234567890' },
    ...{ originName: 'Open Money Ltd', odfi: '09100001', companyName: 'Open Money Ltd' },
    companyId: '1234567890',
  },
};

function faultsOf(value: unknown): readonly string[] {
  try {
    readBanks(value);
    return [];
  } catch (error) {
    if (!(error instanceof BanksError)) throw error;
    return error.faults;
  }
}

test('banks are read with what is usual where nothing is said', () => {
  const [first, second] = readBanks({ banks: [iso, nacha] });
  expect(first).toMatchObject({
    kind: 'files',
    bank: {
      ...{ code: 'COMMERZ', organizations: null, accounts: ['DE89370400440532013000'], characters: 'SEPA' },
      gathering: { ordersMax: 1_000, waitSeconds: 300, beforeCutOffSeconds: 900 },
      ...{ arrivals: 'camt.053', arrivalsFor: null, settledMs: 2_000 },
    },
  });
  expect(second).toMatchObject({ bank: { code: 'FEDBANK', entryClass: 'PPD', entryDescription: 'PAYMENT' } });
});

test.each<[string, object, RegExp]>([
  ['an unknown field', { ...iso, outBox: '/x' }, /outBox: expected one of/],
  ['a rail that the format does not carry', { ...iso, rails: ['PIX'] }, /rails: expected for pain/],
  ['a rail that there is not', { ...nacha, rails: ['WISE'] }, /rails: expected rails of banks/],
  ['a folder that is not a whole path', { ...iso, inbox: 'in' }, /inbox: expected the whole path/],
  ['one folder for both ways', { ...iso, inbox: iso.outbox }, /COMMERZ: expected folders/],
  ['a wrong IBAN', { ...iso, originator: { name: 'A', iban: 'DE89370400440532013001' } }, /iban: expected/],
  ['two accounts', { ...iso, originator: { ...iso.originator, accountNumber: '1' } }, /either iban/],
  ['the code of the simulated bank', { ...iso, code: 'SIMULATOR' }, /code: expected/],
  ['a wrong organization', { ...iso, organizations: ['org_1'] }, /organizations\[0\]/],
  ['too much for a file', { ...iso, gathering: { ordersMax: 5_001 } }, /ordersMax: expected an integer/],
])('%s is a fault that does not repeat the value', (_, bank, fault) => {
  expect(faultsOf({ banks: [bank] }).join('\n')).toMatch(fault);
  expect(faultsOf({ banks: [bank] }).join('\n')).not.toContain('DE8937');
});

test('two banks of one code or one folder are a fault', () => {
  expect(faultsOf({ banks: [iso, iso] })).toHaveLength(2);
  expect(faultsOf({ banks: [iso, { ...nacha, inbox: iso.outbox }] })).toHaveLength(1);
  expect(faultsOf('nothing')).not.toEqual([]);
});

describe('an order goes to', () => {
  const mine = {
    ...iso,
    code: 'MINE',
    organizations: [formatId('org', OURS)],
    outbox: '/m/o',
    inbox: '/m/i',
  };

  test('the first bank that takes its rail and its organization', () => {
    const route = createRoute(readBanks({ banks: [mine, iso, nacha] }), false);
    expect(route('SEPA', OURS)).toBe('MINE');
    expect(route('SEPA', newUuid())).toBe('COMMERZ');
    expect(route('ACH', OURS)).toBe('FEDBANK');
    expect(route('WIRE', OURS)).toBeNull();
  });

  test('the simulated bank where it is connected: the rest, or what the list says', () => {
    expect(createRoute(readBanks({ banks: [iso] }), true)('PIX', OURS)).toBe('SIMULATOR');
    const listed = readBanks({ banks: [{ kind: 'simulator', rails: ['WIRE'] }, iso] });
    expect(createRoute(listed, true)('WIRE', OURS)).toBe('SIMULATOR');
    expect(createRoute(listed, true)('PIX', OURS)).toBeNull();
    expect(createRoute(listed, false)('WIRE', OURS)).toBeNull();
  });
});
