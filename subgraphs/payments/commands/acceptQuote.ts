import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { metadataObject } from '../../../platform/inputs.ts';
import type { AcceptQuoteCommand, ExpireQuoteCommand } from '../domain/quoteCommand.ts';
import type { ReturnPolicyRequest } from '../domain/refunds/returnPolicy.ts';
import type { OpenQuote } from '../store/quotes/nextQuotes.ts';
import { checkLabels, type LabelsRequest } from './inputs.ts';
import { readReturnPolicy } from './refunds/readReturnPolicy.ts';

/** What acceptQuote is asked, as it came. */
export interface AcceptQuoteRequest extends LabelsRequest {
  readonly quoteId: string;
  /** Of a quote that leads to a bank. */
  readonly returnPolicy?: ReturnPolicyRequest | null | undefined;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readAcceptQuote(
  organizationId: Uuid,
  request: AcceptQuoteRequest,
): AcceptQuoteCommand | FailureView {
  const fault = checkLabels(request);
  if (fault) return fault;
  const quoteId = parseId('quo', request.quoteId);
  if (quoteId === null) return notFound(request.quoteId);
  const returnPolicy = readReturnPolicy(request.returnPolicy);
  if (returnPolicy !== null && '__typename' in returnPolicy) return returnPolicy;
  const asked = {
    quoteId,
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: request.metadata == null ? null : metadataObject(request.metadata),
  };
  return {
    ...asked,
    returnPolicy,
    organizationId,
    operation: 'acceptQuote',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ ...asked, ...(returnPolicy === null ? {} : { returnPolicy }) }),
    transactionId: newUuid(),
    journalId: newUuid(),
  };
}

/** The command that says that a Quote's time is over. It has no key: the status it acts on makes it idempotent. */
export function expireQuote({ organizationId, quoteId }: OpenQuote): ExpireQuoteCommand {
  return { organizationId, operation: 'expireQuote', idempotencyKey: null, fingerprint: '', quoteId };
}
