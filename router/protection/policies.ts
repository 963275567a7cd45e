import type { Identity } from '../caller.ts';

/**
 * Decides which of the named policies hold for a caller. Asked once for each operation that needs any, with all of
 * them. Whatever is not in the answer does not hold.
 */
export type PolicyHook = (policies: readonly string[], identity: Identity) => Promise<ReadonlySet<string>>;

export const POLICY_TIMEOUT_MS = 1_000;

const NONE: ReadonlySet<string> = new Set();

/**
 * The policies that hold. None of them when the hook fails, takes too long or answers with something else, of which
 * `onFault` is told: a policy that nobody could look at is not fulfilled. Never rejects.
 */
export async function askPolicies(
  hook: PolicyHook,
  policies: readonly string[],
  identity: Identity,
  options: { readonly timeoutMs: number; readonly onFault: (fault: Error) => void },
): Promise<ReadonlySet<string>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fault = new Error(`the policy hook took longer than ${options.timeoutMs} ms`);
    timer = setTimeout(() => reject(fault), options.timeoutMs);
  });
  try {
    const held: unknown = await Promise.race([hook(policies, identity), late]);
    if (!(held instanceof Set)) throw new Error('the policy hook answered with something else than a Set');
    return held;
  } catch (error) {
    options.onFault(error instanceof Error ? error : new Error(String(error)));
    return NONE;
  } finally {
    clearTimeout(timer);
  }
}
