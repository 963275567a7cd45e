import { Agent, request } from 'undici';
import { POLICY_TIMEOUT_MS, type PolicyHook } from './protection/policies.ts';

/** Of the service's answer, which is names of policies. */
const ANSWER_BYTES_MAX = 64 * 1024;

/**
 * Asks a service which policies hold: POST `{ policies, claims, organizationId, subjectId }`, answered by
 * `{ granted: [...] }`. Whatever else it answers grants nothing.
 */
export function createPolicyHook(url: string): PolicyHook {
  const dispatcher = new Agent({ maxResponseSize: ANSWER_BYTES_MAX });
  return async (policies, { claims, viewer }) => {
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({
        policies,
        claims,
        organizationId: viewer?.organizationId ?? null,
        subjectId: viewer?.subjectId ?? null,
      }),
      headersTimeout: POLICY_TIMEOUT_MS,
      bodyTimeout: POLICY_TIMEOUT_MS,
    });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`the policy service answered with status ${statusCode}`);
    }
    const { granted } = (await body.json()) as { granted?: unknown };
    if (!Array.isArray(granted)) throw new Error('the policy service named no granted policies');
    return new Set(granted.filter((policy) => typeof policy === 'string'));
  };
}
