import { MATCHES_MAX, type ScreeningProvider } from './provider.ts';

/** Several who say: all are asked at once, each may hold, and who has no answer leaves all without one. */
export function createJointScreening(providers: readonly ScreeningProvider[]): ScreeningProvider {
  const [only] = providers;
  if (providers.length === 1 && only !== undefined) return only;
  return {
    async screen(subject) {
      const results = await Promise.all(providers.map((provider) => provider.screen(subject)));
      return {
        outcome: results.some(({ outcome }) => outcome === 'REVIEW') ? 'REVIEW' : 'CLEAR',
        listVersion: results.map(({ listVersion }) => listVersion).join(' '),
        matches: results.flatMap(({ matches }) => matches).slice(0, MATCHES_MAX),
      };
    },
  };
}
