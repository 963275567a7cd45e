import type { Uuid } from '../../../platform/id.ts';
import type { CustomerType } from '../domain/customer.ts';
import type { CheckOutcome } from '../domain/decideCustomer.ts';
import type { EndorsementReason } from '../domain/endorsement.ts';
import type { PersonalData } from '../domain/personalData.ts';

/** What a provider is asked. */
export interface KycRequest {
  /** The provider's idempotency key: the same id is the same question, however often it is asked. */
  readonly checkId: Uuid;
  readonly endorsement: string;
  readonly customerType: CustomerType;
  readonly data: Partial<PersonalData>;
}

export type KycAnswer =
  /** Not known yet: asked again later, after the pause that the provider names or by the schedule of retries. */
  | { readonly status: 'PENDING'; readonly retryAfterSeconds?: number | undefined }
  | { readonly status: CheckOutcome; readonly reasons: readonly EndorsementReason[] };

/** Whoever checks customers for us. */
export interface KycProvider {
  /**
   * Opens the check, or says how it stands. Called outside of any tx, after the check was written. Whatever it throws, and
   * silence until `signal` aborts, leaves the outcome unknown: the same check is asked again.
   */
  check(request: KycRequest, signal: AbortSignal): Promise<KycAnswer>;
}
