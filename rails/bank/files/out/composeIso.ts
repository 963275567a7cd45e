import type { BankRailName } from '../../../port.ts';
import { assetOfRail } from '../../catalog/bankRails.ts';
import { CALENDARS, ENTRIES, findEntry, findSpeed } from '../../catalog/catalog.ts';
import { nextCutOff } from '../../catalog/schedule.ts';
import type { BankAccountDetails } from '../../details.ts';
import type { CreditTransfer, PaymentGroup } from '../../iso20022/initiation.ts';
import type { Agent, BankAccount, Party } from '../../iso20022/party.ts';
import { writeInitiation } from '../../iso20022/writeInitiation.ts';
import type { IsoBank } from '../fileBank.ts';
import type { Composed, FilePlace, OpenOrder } from './composeFile.ts';

/** How a rail is asked for in a pain.001. */
interface Service {
  readonly level: string | null;
  readonly charges: 'SLEV' | 'SHAR';
  /** By which system of codes the recipient's bank is named; null where the account says it. */
  readonly clearing: string | null;
}

const USUAL: Service = { level: null, charges: 'SHAR', clearing: null };
const SERVICES: Readonly<Partial<Record<BankRailName, Service>>> = {
  SEPA: { level: 'SEPA', charges: 'SLEV', clearing: null },
  WIRE: { level: 'URGP', charges: 'SHAR', clearing: 'USABA' },
  ACH: { level: 'NURG', charges: 'SHAR', clearing: 'USABA' },
  FPS: { level: null, charges: 'SHAR', clearing: 'GBDSC' },
};

/**
 * A pain.001 with a group for each rail. The end-to-end id of a payment is its order's uuid without hyphens, which no other
 * payment has and which comes back in every answer.
 *
 * @throws {MessageError}
 */
export function composeIso(
  bank: IsoBank,
  orders: readonly OpenOrder[],
  place: FilePlace,
  messageId: string,
): Composed {
  const rails = bank.rails.filter((rail) => orders.some((order) => order.rail === rail));
  const groupIdOf = (rail: BankRailName): string => `${messageId}-${rail}`;
  const groups = rails.map((rail) =>
    groupOf(
      bank,
      rail,
      groupIdOf(rail),
      place.now,
      orders.filter((order) => order.rail === rail),
    ),
  );
  const { originator, format, characters } = bank;
  const text = writeInitiation(
    {
      messageId,
      createdAt: `${place.now.toISOString().slice(0, 19)}Z`,
      initiatingParty: partyOf(originator.name, originator.organizationId),
      groups,
    },
    { version: format, characters },
  );
  const placed = orders.map(({ id, rail }) => ({ orderId: id, key: keyOf(id), groupId: groupIdOf(rail) }));
  return { text, placed, lastSequence: place.firstSequence - 1n };
}

function groupOf(
  { originator }: IsoBank,
  rail: BankRailName,
  id: string,
  now: Date,
  orders: readonly OpenOrder[],
): PaymentGroup {
  const service = SERVICES[rail] ?? USUAL;
  return {
    id,
    requestedOn: requestedOn(rail, now),
    ...{ serviceLevel: service.level, localInstrument: null, categoryPurpose: null },
    chargeBearer: service.charges,
    debtor: partyOf(originator.name, null),
    debtorAccount: originator.account,
    debtorAgent: originator.agent,
    transfers: orders.map((order) => transferOf(order, service)),
  };
}

function transferOf(order: OpenOrder, { clearing }: Service): CreditTransfer {
  const { creditor } = order;
  return {
    ...{ instructionId: null, uetr: null, purpose: null, remittance: order.reference },
    endToEndId: keyOf(order.id),
    amountMinor: order.amountMinor,
    currency: order.asset,
    creditor: partyOf(creditor.accountHolderName, null),
    creditorAccount: accountOf(creditor),
    creditorAgent: agentOf(creditor, clearing),
  };
}

function accountOf({ iban, accountNumber = '' }: BankAccountDetails): BankAccount {
  return iban === undefined ? { kind: 'OTHER', id: accountNumber, scheme: 'BBAN' } : { kind: 'IBAN', iban };
}

function agentOf({ routingNumber = '' }: BankAccountDetails, clearing: string | null): Agent | null {
  return clearing === null ? null : { bic: null, clearing: { system: clearing, memberId: routingNumber } };
}

function partyOf(name: string, organizationId: string | null): Party {
  return { name, address: null, organizationId };
}

/** The day on which a rail takes up what is handed in now; of a rail that never closes that is today. */
export function requestedOn(rail: BankRailName, now: Date): string {
  const catalog = { entries: ENTRIES, calendars: CALENDARS };
  const entry = findEntry(catalog, rail, assetOfRail(rail));
  const speed = entry === null ? null : findSpeed(entry, null);
  const cutOff = speed === null ? null : nextCutOff(catalog, speed, { now: () => now });
  return cutOff?.day ?? now.toISOString().slice(0, 10);
}

/** What stands in the file for an order. */
export function keyOf(orderId: string): string {
  return orderId.replaceAll('-', '');
}
