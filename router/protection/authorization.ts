import type { FieldNode } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import { Lru } from '../../platform/lru.ts';
import type { Identity } from '../caller.ts';
import type { Operation } from '../operation/operation.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import type { Condition } from './condition.ts';
import { denialOf } from './denial.ts';
import type { Denial, Mask } from './mask.ts';
import { type Needs, needsOf, visitFields } from './needs.ts';
import { askPolicies, POLICY_TIMEOUT_MS, type PolicyHook } from './policies.ts';
import { readRequirements } from './requirements.ts';

export interface AuthorizationOptions {
  /** Without one no policy holds. */
  readonly hook?: PolicyHook;
  /** `mask`: denied fields are null with an error. `reject`: an operation that asks for any is refused whole. */
  readonly mode?: 'mask' | 'reject';
  readonly policyTimeoutMs?: number;
  /** Told when the hook fails, which denies what needs a policy. */
  readonly onPolicyFault?: (fault: Error) => void;
}

/** Enforces `@authenticated`, `@requiresScopes` and `@policy` of a supergraph. */
export interface Authorization {
  /**
   * The fields that the caller may not have; null when there are none, at once when the operation needs nothing. A
   * Promise only where a policy has to be asked for. What plans fetch for themselves (keys, `@requires`) is not the
   * caller's and not looked at.
   *
   * @throws {ApiError} UNAUTHENTICATED or FORBIDDEN when anything is denied in mode `reject`, and in either mode when
   *   it is the field that a subscription subscribes to; a promised answer rejects instead
   */
  mask(operation: Operation, identity: Identity): Mask | null | Promise<Mask | null>;
}

/** Masks that are kept of one operation: one for each combination of what callers lacked. */
const MASKS_MAX = 64;
const DENIALS_TOLD_MAX = 10;

/** @see readRequirements for what a field needs */
export function createAuthorization(
  supergraph: Supergraph,
  options: AuthorizationOptions = {},
): Authorization {
  const requirements = readRequirements(supergraph);
  if (requirements === null) return { mask: () => null };
  const guards = new WeakMap<Operation, Guard | null>();

  return {
    mask(operation, identity) {
      let guard = guards.get(operation);
      if (guard === undefined) {
        const needs = needsOf(operation, supergraph.schema, requirements);
        guard = needs === null ? null : new Guard(operation, needs, options);
        guards.set(operation, guard);
      }
      return guard === null ? null : guard.mask(identity);
    },
  };
}

/** Decides for one operation. */
class Guard {
  readonly #operation: Operation;
  readonly #needs: Needs;
  readonly #options: AuthorizationOptions;
  readonly #policies: readonly string[];
  readonly #masks = new Lru<string, Mask>(MASKS_MAX);

  constructor(operation: Operation, needs: Needs, options: AuthorizationOptions) {
    this.#operation = operation;
    this.#needs = needs;
    this.#options = options;
    const named = needs.conditions.flatMap((one) => (one.kind === 'POLICIES' ? one.anyOf.flat() : []));
    this.#policies = [...new Set(named)];
  }

  mask(identity: Identity): Mask | null | Promise<Mask | null> {
    const { hook, policyTimeoutMs = POLICY_TIMEOUT_MS, onPolicyFault = () => undefined } = this.#options;
    if (this.#policies.length === 0 || hook === undefined) return this.#decide(identity, NO_POLICIES);
    return askPolicies(hook, this.#policies, identity, {
      timeoutMs: policyTimeoutMs,
      onFault: onPolicyFault,
    }).then((held) => this.#decide(identity, held));
  }

  #decide(identity: Identity, policies: ReadonlySet<string>): Mask | null {
    const lacking = new Set<Condition>();
    // Who has no credentials is told something else than who lacks a scope.
    let key = identity.isAuthenticated ? 'F' : 'U';
    for (const condition of this.#needs.conditions) {
      const isHeld = holds(condition, identity, policies);
      if (!isHeld) lacking.add(condition);
      key += isHeld ? '1' : '0';
    }
    if (lacking.size === 0) return null;
    const mask = this.#masks.get(key) ?? this.#build(key, lacking, identity);
    this.#masks.set(key, mask);
    // What is lacking may stand below what is denied, but then there is a denial, so this is never empty.
    if (this.#isRefusal(mask)) throw refusal(mask.denied);
    return mask;
  }

  #build(key: string, lacking: ReadonlySet<Condition>, identity: Identity): Mask {
    const denied = new Map<FieldNode, Denial>();
    visitFields(this.#operation, (field) => {
      const need = this.#needs.byField.get(field);
      const missing = need?.conditions.filter((condition) => lacking.has(condition)) ?? [];
      if (need === undefined || missing.length === 0) return true;
      denied.set(field, denialOf(need, missing, identity));
      return false;
    });
    return { key, denied };
  }

  /** There is no stream to open without its field, so it cannot be null beside others. */
  #isRefusal(mask: Mask): boolean {
    if (this.#options.mode === 'reject') return true;
    if (this.#operation.kind !== 'subscription') return false;
    const roots = rootFields(this.#operation);
    return roots.some((field) => mask.denied.has(field));
  }
}

const NO_POLICIES: ReadonlySet<string> = new Set();

function holds(condition: Condition, identity: Identity, policies: ReadonlySet<string>): boolean {
  if (condition.kind === 'AUTHENTICATED') return identity.isAuthenticated;
  const has =
    condition.kind === 'SCOPES'
      ? (scope: string) => identity.hasScope(scope)
      : (policy: string) => policies.has(policy);
  return condition.anyOf.some((all) => all.every(has));
}

function rootFields(operation: Operation): readonly FieldNode[] {
  const fields: FieldNode[] = [];
  visitFields(operation, (field) => {
    fields.push(field);
    return false;
  });
  return fields;
}

/** The first denial in the words of its field, and the others by their messages. */
function refusal(denied: Mask['denied']): ApiError {
  const [first, ...others] = [...denied.values()];
  const also = others.slice(0, DENIALS_TOLD_MAX).map(({ message }) => message);
  return new ApiError(first?.code ?? 'FORBIDDEN', first?.message ?? 'This operation is not allowed.', {
    ...first?.extensions,
    ...(also.length === 0 ? {} : { also }),
  });
}
