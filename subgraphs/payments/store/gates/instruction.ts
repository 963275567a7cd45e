import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { NewOrder } from '../../../../rails/bank/orders.ts';
import type { NewSend } from '../../../../rails/onchain/sends.ts';
import type { Gate, Instruction, NewPickup } from '../../domain/gates/gate.ts';

/** An Instruction as its row has it: amounts as text, instants as RFC 3339, and what is sealed in a column of its own. */
type Stored<Part> = { readonly [K in keyof Part]: Part[K] extends bigint | Date ? string : Part[K] };
type StoredInstruction =
  | Omit<Extract<Instruction, { kind: 'BOOK' }>, 'kind'>
  | Stored<NewSend>
  | Stored<Omit<NewOrder, 'sealed'>>
  | Stored<Omit<NewPickup, 'sealed'>>;

export interface GateRow extends Omit<Gate, 'instruction'> {
  readonly kind: Instruction['kind'];
  readonly instruction: StoredInstruction;
  readonly sealed: Uint8Array | null;
}

/** Select list for `GateRow`, for a table named or aliased `gate`. */
export const GATE_COLUMNS = `gate.transaction_id as "transactionId", gate.organization_id as "organizationId", gate.kind,
  gate.instruction, gate.sealed, gate.state, gate.awaits_approval as "awaitsApproval",
  gate.awaits_review as "awaitsReview", gate.is_cancel_asked as "isCancelAsked"`;

export function gateOf({ kind, instruction, sealed, ...row }: GateRow): Gate {
  return { ...row, instruction: instructionOf(kind, instruction, sealed) };
}

function instructionOf(
  kind: Instruction['kind'],
  stored: StoredInstruction,
  sealed: Uint8Array | null,
): Instruction {
  if (kind === 'BOOK') return { kind, ...(stored as Omit<Extract<Instruction, { kind: 'BOOK' }>, 'kind'>) };
  if (kind === 'SEND') {
    const send = stored as Stored<NewSend>;
    return { kind, send: { ...send, ...idsOf(send), amountMinor: BigInt(send.amountMinor) } };
  }
  if (kind === 'PICKUP') {
    const pickup = stored as Stored<Omit<NewPickup, 'sealed'>>;
    const { amountMinor, expiresAt } = pickup;
    return {
      kind,
      order: {
        ...pickup,
        ...idsOf(pickup),
        cashInId: null,
        amountMinor: BigInt(amountMinor),
        expiresAt: new Date(expiresAt),
        sealed: present(sealed, 'the sealed recipient of a pickup'),
      },
    };
  }
  const order = stored as Stored<Omit<NewOrder, 'sealed'>>;
  return {
    kind,
    order: {
      ...order,
      ...idsOf(order),
      amountMinor: BigInt(order.amountMinor),
      expectedBy: new Date(order.expectedBy),
      sealed: present(sealed, 'the sealed details of an order'),
    },
  };
}

function idsOf({ id, organizationId, accountId }: { id: string; organizationId: string; accountId: string }) {
  return { id: id as Uuid, organizationId: organizationId as Uuid, accountId: accountId as Uuid };
}

/** The columns of an Instruction. */
export function storedOf(
  instruction: Instruction,
): Pick<GateRow, 'kind' | 'sealed'> & { readonly json: string } {
  const { kind } = instruction;
  if (kind === 'BOOK') {
    const { holdSeconds, isConverted } = instruction;
    return { kind, sealed: null, json: JSON.stringify({ holdSeconds, isConverted }) };
  }
  if (kind === 'SEND') return { kind, sealed: null, json: jsonOf(instruction.send) };
  const { sealed, ...order } = instruction.order;
  return { kind, sealed, json: jsonOf(order) };
}

function jsonOf(part: object): string {
  return JSON.stringify(part, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}
