import { Arena } from './arena.ts';
import type { Evidence } from './evidence.ts';
import { HEADER } from './generate/print.ts';
import { type Composed, compose } from './generate/supergraph.ts';
import type { Judgement } from './judge.ts';
import type { Conditions } from './world/conditions.ts';

/** A case that is written down instead of generated. */
export interface Fixture {
  readonly name: string;
  /** Schemas by subgraph, without their heads. */
  readonly subgraphs: Readonly<Record<string, string>>;
  readonly text: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Nothing fails and nothing is null unless it says so. */
  readonly conditions?: Partial<Conditions>;
}

const CALM: Conditions = {
  dataSeed: 'fixture',
  nullRate: 0,
  errorRate: 0,
  missingRate: 0,
  outages: {},
  labels: [],
  isSlow: false,
  isJson: false,
};

export function composedOf({ name, subgraphs }: Fixture): Composed {
  const texts = Object.entries(subgraphs).map(([of, sdl]) => ({ name: of, sdl: `${HEADER}\n${sdl}` }));
  const result = compose(texts);
  if ('faults' in result) throw new Error(`${name} does not compose: ${result.faults.join('; ')}`);
  return result.composed;
}

export function conditionsOf({ conditions }: Fixture): Conditions {
  return { ...CALM, ...conditions };
}

export async function runFixture(
  fixture: Fixture,
): Promise<{ readonly evidence: Evidence; readonly judgement: Judgement }> {
  const arena = await Arena.open(composedOf(fixture));
  const { name, text, variables = {} } = fixture;
  try {
    return await arena.run({ name, text, variables, conditions: conditionsOf(fixture) });
  } finally {
    await arena.close();
  }
}
