import { type DocumentNode, parse } from 'graphql';
import { LABELS } from './generate/directives.ts';
import { generateOperation } from './operation/generate.ts';
import { repair } from './operation/repair.ts';
import { generateVariables } from './operation/variables.ts';
import { Random } from './random.ts';
import { type Conditions, generateConditions } from './world/conditions.ts';
import type { World } from './world/world.ts';

/** Where a case comes from: `seed/supergraph/operation/round`. The same one every time. */
export interface CaseName {
  readonly seed: string;
  readonly supergraph: number;
  readonly operation: number;
  readonly round: number;
}

/** One request under given conditions. */
export interface Case {
  readonly name: string;
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly conditions: Conditions;
}

const TRIES_MAX = 20;

export function printCaseName({ seed, supergraph, operation, round }: CaseName): string {
  return `${seed}/${supergraph}/${operation}/${round}`;
}

/** @throws {TypeError} for what is no name of a case */
export function parseCaseName(text: string): CaseName {
  const parts = /^(.+)\/(\d+)\/(\d+)\/(\d+)$/.exec(text);
  if (parts === null) throw new TypeError(`expected seed/supergraph/operation/round, got ${text}`);
  const [seed = '', ...numbers] = parts.slice(1);
  const [supergraph = 0, operation = 0, round = 0] = numbers.map(Number);
  return { seed, supergraph, operation, round };
}

export function supergraphSeed({ seed, supergraph }: Pick<CaseName, 'seed' | 'supergraph'>): string {
  return `${seed}/${supergraph}`;
}

/** The text of the `operation`th operation over a world. */
export function operationText(world: World, name: CaseName): string {
  const random = new Random(`${supergraphSeed(name)}/${name.operation}`);
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const text = repair(world.apiSchema, generateOperation(random.fork(`try ${attempt}`), world.apiSchema));
    if (text !== null) return text;
  }
  return '{ __typename }';
}

export function caseOf(
  world: World,
  name: CaseName,
  text: string,
  document: DocumentNode = parse(text),
): Case {
  const random = new Random(printCaseName(name));
  // The same in each round of an operation: it is planned by them.
  const labelling = new Random(`${supergraphSeed(name)}/${name.operation}/labels`);
  return {
    name: printCaseName(name),
    text,
    variables: generateVariables(random.fork('variables'), world.apiSchema, document),
    conditions: {
      ...generateConditions(random.fork('conditions'), [...world.subgraphs.keys()]),
      labels: LABELS.filter(() => labelling.chance(0.5)),
    },
  };
}
