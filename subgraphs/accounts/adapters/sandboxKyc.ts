import { once } from 'node:events';
import type { KycAnswer, KycProvider, KycRequest } from './kycProvider.ts';

/** What comes of a check, by the last name of a person or the legal name of a business. Of any other: ACTIVE. */
const ANSWERS: Readonly<Record<string, KycAnswer>> = {
  Pending: { status: 'PENDING' },
  Review: {
    status: 'UNDER_REVIEW',
    reasons: [
      {
        code: 'NAME_MATCH',
        message: 'We need more time.',
        internal: 'Name resembles a list entry.',
        field: null,
      },
    ],
  },
  Rejected: {
    status: 'REJECTED',
    reasons: [
      {
        code: 'IDENTITY_NOT_VERIFIED',
        message: 'The document could not be verified.',
        internal: 'Sandbox: last name Rejected.',
        field: 'identifyingNumbers',
      },
    ],
  },
};

/** Checks first asked that stay unanswered; the second time of asking they are answered. */
const SILENT_ONCE = 'Timeout';
const CHECKS_MAX = 10_000;

/** A provider for the sandbox whose answers are chosen by the name of whom it is asked about. Keeps nothing. */
export function createSandboxKyc(): KycProvider {
  const asked = new Set<string>();
  return {
    async check(request, signal) {
      const name = nameOf(request);
      if (name === SILENT_ONCE && !asked.has(request.checkId)) {
        if (asked.size >= CHECKS_MAX) asked.clear();
        asked.add(request.checkId);
        if (!signal.aborted) await once(signal, 'abort');
        throw new Error('the sandbox provider does not answer');
      }
      return ANSWERS[name] ?? { status: 'ACTIVE', reasons: [] };
    },
  };
}

function nameOf({ customerType, data }: KycRequest): string {
  return (customerType === 'BUSINESS' ? data.legalName : data.lastName) ?? '';
}
