import type { CreditTransfer, Initiation } from './initiation.ts';
import type { Party } from './party.ts';

function party(name: string): Party {
  return { name, address: null, organizationId: null };
}

function transfer(endToEndId: string, amountMinor: bigint, name: string, iban: string): CreditTransfer {
  return {
    ...{ instructionId: null, uetr: null, purpose: null, remittance: null, creditorAgent: null },
    ...{ endToEndId, amountMinor, currency: 'EUR' },
    creditor: party(name),
    creditorAccount: { kind: 'IBAN', iban },
  };
}

/** Three payments in two groups; `fixtures/pain001v09.xml` and `fixtures/pain001v03.xml` say the same. */
export const initiation: Initiation = {
  messageId: 'OMSX-20260707-1',
  createdAt: '2026-07-07T14:05:00Z',
  initiatingParty: { ...party('Open Money Ltd'), organizationId: 'HRB-12345' },
  groups: [
    {
      id: 'GRP-1',
      requestedOn: '2026-07-08',
      ...{ serviceLevel: 'SEPA', localInstrument: null, categoryPurpose: 'SALA', chargeBearer: 'SLEV' },
      debtor: party('Open Money Ltd'),
      debtorAccount: { kind: 'IBAN', iban: 'DE89370400440532013000' },
      debtorAgent: { bic: 'COBADEFFXXX', clearing: null },
      transfers: [
        {
          ...transfer('E2E-1', 100_010n, 'Zoe M+Sons', 'FR1420041010050500013M02606'),
          creditor: {
            name: 'Zoe M+Sons',
            address: { country: 'FR', town: 'Paris', postCode: '75001', street: null, lines: [] },
            organizationId: null,
          },
          ...{ purpose: 'SALA', remittance: 'July, base pay' },
        },
        transfer('E2E-2', 10_000n, 'Ana Pena', 'ES9121000418450200051332'),
      ],
    },
    {
      id: 'GRP-2',
      requestedOn: '2026-07-07',
      ...{ serviceLevel: 'SEPA', localInstrument: 'INST', categoryPurpose: null, chargeBearer: 'SLEV' },
      debtor: party('Open Money Ltd'),
      debtorAccount: { kind: 'IBAN', iban: 'DE89370400440532013000' },
      debtorAgent: null,
      transfers: [
        {
          ...transfer('E2E-3', 25_000n, 'Bo Li', 'NL91ABNA0417164300'),
          ...{ instructionId: 'I-3', creditorAgent: { bic: 'ABNANL2AXXX', clearing: null } },
        },
      ],
    },
  ],
};
