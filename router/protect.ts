import type { Protection } from './graph.ts';
import { type AuthorizationOptions, createAuthorization } from './protection/authorization.ts';
import { createDemand, type DemandOptions } from './protection/cost.ts';
import { createLimits, type Limits } from './protection/limits.ts';
import type { Supergraph } from './supergraph/supergraph.ts';

export interface ProtectionOptions {
  /** Those that differ from LIMITS. */
  readonly limits?: Partial<Limits>;
  readonly authorization?: AuthorizationOptions;
  readonly demand?: DemandOptions;
}

/** What every operation over a supergraph has to pass before it is planned. */
export function protect(supergraph: Supergraph, options: ProtectionOptions): Protection {
  const limits = createLimits(options.limits);
  const authorization = createAuthorization(supergraph, options.authorization);
  const demand = createDemand(supergraph, options.demand);
  return {
    parse(text) {
      const document = limits.parse(text);
      limits.check(document);
      return document;
    },
    mask: (operation, identity) => authorization.mask(operation, identity),
    estimate: (operation, variables) => demand.estimate(operation, variables),
    weights: demand.weights,
  };
}
