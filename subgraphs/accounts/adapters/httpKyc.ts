import { askJson, unclear as unclearAnswer } from '../../../platform/askJson.ts';
import { checkReason, type EndorsementReason, REASONS_MAX } from '../domain/endorsement.ts';
import { isPersonalField } from '../domain/personalData.ts';
import type { KycAnswer, KycProvider } from './kycProvider.ts';

export interface HttpKycOptions {
  readonly url: string;
  /** Sent as a bearer token; none where it is left out. */
  readonly token?: string | undefined;
}

const WHO = 'the KYC provider';
/** A provider that names another pause has misread the unit, or would have the check forgotten: ten seconds to a week. */
const PAUSE_SECONDS_MIN = 10;
const PAUSE_SECONDS_MAX = 604_800;

type Answer = Readonly<Record<string, unknown>>;

/**
 * Checks over HTTP: `POST url` with the check as JSON answers `{ "checkId", "status", ... }` (docs/customers.md). The check's
 * id is its idempotency key, so that asking again asks the same. Anything else is no answer, and the check is asked again.
 */
export function createHttpKyc({ url, token }: HttpKycOptions): KycProvider {
  return {
    async check(request, signal) {
      const headers = { 'idempotency-key': request.checkId };
      const answer = await askJson({ url, token, headers, body: request, signal, who: WHO });
      // An answer about somebody else must never be taken for this one's.
      if (answer.checkId !== request.checkId) throw unclear('the checkId that was asked about');
      return answer.status === 'PENDING' ? readPending(answer) : readOutcome(answer);
    },
  };
}

function readPending({ retryAfterSeconds, reasons }: Answer): KycAnswer {
  if (Array.isArray(reasons) ? reasons.length > 0 : reasons !== undefined)
    throw unclear('no reasons for PENDING');
  if (retryAfterSeconds === undefined) return { status: 'PENDING' };
  const seconds = Number.isInteger(retryAfterSeconds) ? Number(retryAfterSeconds) : -1;
  if (seconds < PAUSE_SECONDS_MIN || seconds > PAUSE_SECONDS_MAX)
    throw unclear(`retryAfterSeconds from ${PAUSE_SECONDS_MIN} to ${PAUSE_SECONDS_MAX}`);
  return { status: 'PENDING', retryAfterSeconds: seconds };
}

function readOutcome({ status, reasons = [], retryAfterSeconds }: Answer): KycAnswer {
  if (status !== 'ACTIVE' && status !== 'REJECTED' && status !== 'UNDER_REVIEW')
    throw unclear('status PENDING, ACTIVE, REJECTED or UNDER_REVIEW');
  if (retryAfterSeconds !== undefined) throw unclear('no retryAfterSeconds for what is known');
  if (!Array.isArray(reasons) || reasons.length > REASONS_MAX)
    throw unclear(`reasons as a list of at most ${REASONS_MAX}`);
  // Whoever has something to say against somebody and lets them pass is not believed, nor who refuses without saying why.
  if (status === 'ACTIVE' && reasons.length > 0) throw unclear('no reasons for ACTIVE');
  if (status === 'REJECTED' && reasons.length === 0) throw unclear('a reason for REJECTED');
  return { status, reasons: reasons.map(readReason) };
}

function readReason(value: unknown): EndorsementReason {
  const { code, message, internal = null, field = null } = (value ?? {}) as Answer;
  const isShaped =
    typeof code === 'string' &&
    typeof message === 'string' &&
    (internal === null || typeof internal === 'string') &&
    (field === null || isPersonalField(field));
  if (!isShaped || checkReason('reason', { code, message, internal }) !== null)
    throw unclear('reasons with code, message, internal and field');
  return { code, message, internal, field };
}

function unclear(expected: string): Error {
  return unclearAnswer(WHO, expected);
}
