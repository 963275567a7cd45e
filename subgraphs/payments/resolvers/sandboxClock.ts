import { invalidInput } from '../../../platform/failures.ts';
import { advanceSandboxClock, CLOCK_AHEAD_MAX_MS, readSandboxClock } from '../../../platform/sandboxClock.ts';
import { sandboxOnly } from '../errors.ts';
import type { MutationResolvers, QueryResolvers } from '../generated/resolvers.ts';

export const sandboxClockQueries: Pick<QueryResolvers, 'sandboxClock'> = {
  sandboxClock: (_, __, { clock }) => clock && readSandboxClock(clock),
};

export const sandboxClockMutations: Pick<MutationResolvers, 'advanceSandboxClock'> = {
  advanceSandboxClock: async (_, { input: { to } }, { clock }) => {
    if (clock === null) return sandboxOnly();
    const { realNow } = await readSandboxClock(clock);
    const last = new Date(realNow.getTime() + CLOCK_AHEAD_MAX_MS);
    if (to > last)
      return invalidInput('to', to.toISOString(), `an instant no later than ${last.toISOString()}`);
    return { __typename: 'SandboxClock', ...(await advanceSandboxClock(clock, to)) };
  },
};
