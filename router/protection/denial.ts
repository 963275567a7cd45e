import type { Identity } from '../caller.ts';
import { type AnyOf, type Condition, conjunction } from './condition.ts';
import type { Denial } from './mask.ts';
import type { Need } from './needs.ts';

/** Alternatives that are told; a message is no list of everything there is. */
const ALTERNATIVES_MAX = 10;

/** Why a field is denied; `lacking` are those of its conditions that the caller does not fulfil. */
export function denialOf(need: Need, lacking: readonly Condition[], identity: Identity): Denial {
  const scopes = alternatives(lacking, 'SCOPES');
  const policies = alternatives(lacking, 'POLICIES');
  const wanted = [
    ...(identity.isAuthenticated ? [] : ['credentials']),
    ...(scopes === null ? [] : [`the scope ${inWords(scopes)}`]),
    ...(policies === null ? [] : [`the policy ${inWords(policies)}`]),
  ];
  return {
    code: identity.isAuthenticated ? 'FORBIDDEN' : 'UNAUTHENTICATED',
    message: `${need.coordinate} needs ${wanted.join(' and ') || 'credentials'}.`,
    extensions: { ...(scopes === null ? {} : { scopes }), ...(policies === null ? {} : { policies }) },
  };
}

/** What would do, as an OR of ANDs; null when nothing of the kind is lacking. */
function alternatives(lacking: readonly Condition[], kind: 'SCOPES' | 'POLICIES'): AnyOf | null {
  const all = lacking.flatMap((condition) => (condition.kind === kind ? [condition.anyOf] : []));
  if (all.length === 0) return null;
  // Too many to be worked out together: the first is lacking in any case.
  return (conjunction(all) ?? (all[0] as AnyOf)).slice(0, ALTERNATIVES_MAX);
}

function inWords(anyOf: AnyOf): string {
  return anyOf.length === 0 ? 'that nobody has' : anyOf.map((all) => all.join(' and ')).join(', or ');
}
