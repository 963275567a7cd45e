import type { Command } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { BankRailName } from '../../../../rails/port.ts';
import type { NamedPickup } from '../cash/command.ts';
import type { CreateCommand } from '../command.ts';
import type { Party } from '../party.ts';
import type { ReturnPolicy } from './returnPolicy.ts';

/** Where a refund over a rail goes, as far as the client says. */
export interface RefundRoute {
  /** As the client wrote it, for answers. */
  readonly destinationAddress: string | null;
  /** The same in lower case. */
  readonly toAddress: string | null;
  /** Another account than the payer's; nothing of it is known in the clear from here on. */
  readonly toBank: {
    readonly rail: BankRailName;
    readonly accountMask: string;
    /** A digest of the account: says whether the same was paid before. */
    readonly counterparty: string;
    /** Sealed for an order with the refund's uuid. */
    readonly sealed: Uint8Array;
  } | null;
  /** Cash for somebody whom the client names. */
  readonly toPickup: NamedPickup | null;
  /** Name of the adapter that takes orders here; null where no bank is connected. */
  readonly adapter: string | null;
}

export const NO_ROUTE: RefundRoute = {
  destinationAddress: null,
  toAddress: null,
  toBank: null,
  toPickup: null,
  adapter: null,
};

/** What both ways to begin a refund say of whom it pays, and who asks; as other commands do. */
type Asked = Pick<CreateCommand, 'screenee' | 'screening' | 'requestedBy'>;

export interface RefundCommand extends Command, Asked {
  readonly operation: 'refundTransaction';
  readonly journalId: Uuid;
  /** The refund to be made. */
  readonly refundId: Uuid;
  /** What is refunded. */
  readonly transactionId: Uuid;
  /** Decimal text in major units; null for all that can still be refunded. */
  readonly amount: string | null;
  readonly route: RefundRoute;
  /** Null where nothing is declared. */
  readonly returnPolicy: ReturnPolicy | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Puts another refund in the place of one that did not arrive. */
export interface RetryRefundCommand extends Command, Asked {
  readonly operation: 'retryRefund';
  readonly journalId: Uuid;
  /** The refund to be made. */
  readonly refundId: Uuid;
  /** The one that did not arrive. */
  readonly transactionId: Uuid;
  readonly route: RefundRoute;
  /** Sent by our own worker, without a key: it is idempotent by the state it acts on. */
  readonly isAutomatic: boolean;
}

/** Says that nothing more is to be done about a refund that did not arrive. */
export interface DismissRefundCommand extends Command {
  readonly operation: 'dismissRefund';
  readonly transactionId: Uuid;
  readonly reason: string;
}

/** Says whom returned money is for that is in SUSPENSE. */
export interface AssignReturnCommand extends Command {
  readonly operation: 'assignReturn';
  readonly journalId: Uuid;
  readonly transactionId: Uuid;
  readonly account: Party;
}

/** Says what holds where nothing is declared. */
export interface SetDefaultReturnPolicyCommand extends Command {
  readonly operation: 'setDefaultReturnPolicy';
  readonly returnPolicy: ReturnPolicy;
  /** The ApiKey or Member that asks. */
  readonly setBy: string;
}
