import { differences } from './compare.ts';
import { type Evidence, type Finding, isSameData } from './evidence.ts';
import { hasPlanFreeData } from './world/conditions.ts';

/** A difference that is understood, and in which ours is right or the planner, which is not ours, is wrong. */
interface KnownDifference {
  readonly name: string;
  readonly applies: (evidence: Evidence, finding: Finding) => boolean;
}

/** The engine tells of so many places that one unavailable subgraph leaves empty. */
const ERRORS_OF_FETCH_MAX = 20;

const KNOWN: readonly KnownDifference[] = [
  {
    // Nothing can be answered without a plan. Hive's hands over to Apollo's, so that one has to give up in any case.
    name: 'the planner gives up',
    applies: ({ faults }, { planner, ours }) =>
      faults.apollo !== undefined &&
      (planner === 'apollo' || faults.hive !== undefined) &&
      ours.data === null &&
      ours.misfits.length === 1 &&
      ours.misfits[0]?.path === null,
  },
  {
    // No fetch of the monolith's can be invalid. Ours sends the planner's texts, with names of its own.
    name: 'the plan has a fetch that is not valid',
    applies: ({ references }, { planner, ours }) =>
      ours.invalid.length > 0 && references[planner] === undefined,
  },
  {
    // Hive's planner loses its way below a list that has a name of ours, and the reference asks for it by its own. Apollo's
    // then takes over, with the answer that it has for the stock gateway too.
    name: "the other planner takes over from Hive's",
    applies: ({ ours, references }, { planner, against }) =>
      planner === 'hive' &&
      against !== 'monolith' &&
      [...ours.hive.asked].sort().join() === [...ours.apollo.asked].sort().join() &&
      differences(ours.hive, ours.apollo).length === 0 &&
      (references.apollo === undefined || differences(ours.apollo, references.apollo.answer).length === 0),
  },
  {
    // The reference is not what the monolith answers, and ours is: section 6 of the GraphQL specification decides.
    name: 'the reference is wrong by the specification',
    applies: ({ conditions, monolith }, { against, ours, theirs }) =>
      against !== 'monolith' &&
      hasPlanFreeData(conditions) &&
      isSameData(ours, monolith) &&
      (!isSameData(theirs, monolith) || differences(ours, monolith).length === 0),
  },
  {
    // Where nobody knows what an object is that may not be null, Apollo's executor passes a null up without a word.
    name: 'the reference does not tell of an object of unknown type',
    applies: (_, { against, differences, theirs }) =>
      against !== 'monolith' &&
      theirs.misfits.length === 0 &&
      differences.every(({ what }) => what.startsWith('misfit only in ours')),
  },
  {
    // Of a field that is asked for under two names Hive's planner fetches one, and the reference has null for the other.
    // The monolith says that there is an error.
    name: 'the reference does not tell of an error that there is',
    applies: ({ monolith }, { against, differences }) =>
      against !== 'monolith' &&
      differences.every(
        ({ what, path }) =>
          what.startsWith('error only in ours') &&
          monolith.errors.some((error) => error.path?.join() === path.join()),
      ),
  },
  {
    // A page of a thousand objects that one subgraph cannot complete does not need a thousand errors.
    name: 'ours does not tell of every place',
    applies: (_, { against, differences, ours }) =>
      against !== 'monolith' &&
      ours.errors.length >= ERRORS_OF_FETCH_MAX &&
      differences.every(({ what }) => what.startsWith('error missing in ours')),
  },
];

/** The name of the known difference that a finding is; null when it is none. */
export function knownDifference(evidence: Evidence, finding: Finding): string | null {
  return KNOWN.find(({ applies }) => applies(evidence, finding))?.name ?? null;
}
