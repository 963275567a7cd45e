import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { Random } from '../random.ts';
import {
  addAbstractFields,
  addInterfaces,
  addUnions,
  keepOutImplementers,
  layOutInterfaces,
} from './abstract.ts';
import { addDirectives } from './directives.ts';
import type { Draft } from './draft.ts';
import { addInputs } from './inputs.ts';
import { addFields, addObjects } from './objects.ts';
import { printDraft, type SubgraphText } from './print.ts';
import { addRoots } from './roots.ts';

const SUBGRAPHS_MIN = 2;
const SUBGRAPHS_MAX = 5;

export interface Composed {
  readonly subgraphs: readonly SubgraphText[];
  readonly supergraphSdl: string;
}

/** Schemas of two to five subgraphs, which may or may not compose. */
export function generateSubgraphs(seed: string): readonly SubgraphText[] {
  const random = new Random(`supergraph ${seed}`);
  const count = random.between(SUBGRAPHS_MIN, SUBGRAPHS_MAX);
  const draft: Draft = {
    random,
    homes: Array.from({ length: count }, (_, home) => home),
    scalars: [],
    enums: [],
    inputs: [],
    objects: [],
    interfaces: [],
    unions: [],
    query: [],
    mutation: [],
  };
  addInputs(draft);
  addObjects(draft);
  addInterfaces(draft);
  addFields(draft);
  layOutInterfaces(draft);
  addUnions(draft);
  addAbstractFields(draft);
  addRoots(draft);
  keepOutImplementers(draft);
  addDirectives(draft);
  return printDraft(draft);
}

/** The supergraph, or why there is none. */
export function compose(
  subgraphs: readonly SubgraphText[],
): { composed: Composed } | { faults: readonly string[] } {
  const result = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.test/graphql`, typeDefs: parse(sdl) })),
  );
  if (result.errors) return { faults: result.errors.map(({ message }) => message) };
  return { composed: { subgraphs, supergraphSdl: result.supergraphSdl } };
}
