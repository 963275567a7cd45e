import { join } from 'node:path';
import type { IsoBank, NachaBank } from './fileBank.ts';

export const IBAN = 'DE89370400440532013000';

/** A bank of tests that speaks pain.001 in folders below `folder`, at once. */
export function isoBank(folder: string, more: Partial<IsoBank> = {}): IsoBank {
  return {
    ...{ code: 'TESTBANK', rails: ['SEPA'], organizations: null, accounts: [IBAN], arrivals: 'camt.053' },
    ...{ outbox: join(folder, 'out'), inbox: join(folder, 'in'), arrivalsFor: null, settledMs: 30 },
    gathering: { ordersMax: 100, waitSeconds: 0, beforeCutOffSeconds: 0 },
    ...{ format: 'pain.001.001.09', characters: 'SEPA' },
    originator: {
      ...{ name: 'Open Money Ltd', organizationId: null },
      account: { kind: 'IBAN', iban: IBAN },
      agent: { bic: 'COBADEFFXXX', clearing: null },
    },
    ...more,
  };
}

/** The same that speaks NACHA. */
export function nachaBank(folder: string, more: Partial<NachaBank> = {}): NachaBank {
  const { format: _, characters: __, originator: ___, ...common } = isoBank(folder);
  return {
    ...common,
    ...{ code: 'FEDBANK', rails: ['ACH'], format: 'NACHA', accounts: ['000999'] },
    ...{ entryClass: 'PPD', entryDescription: 'PAYMENT' },
    originator: {
      ...{ destinationRouting: '091000019', destinationName: 'Example Bank', immediateOrigin: '1234567890' },
      ...{ originName: 'Open Money Ltd', odfi: '09100001', companyName: 'Open Money Ltd' },
      companyId: '1234567890',
    },
    ...more,
  };
}
