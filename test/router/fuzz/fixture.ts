import { Arena } from './arena.ts';
import type { Case } from './case.ts';
import type { Evidence } from './evidence.ts';
import { HEADER } from './generate/print.ts';
import { compose } from './generate/supergraph.ts';
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

export async function runFixture(
  fixture: Fixture,
): Promise<{ readonly evidence: Evidence; readonly judgement: Judgement }> {
  const subgraphs = Object.entries(fixture.subgraphs).map(([name, sdl]) => ({
    name,
    sdl: `${HEADER}\n${sdl}`,
  }));
  const result = compose(subgraphs);
  if ('faults' in result) throw new Error(`${fixture.name} does not compose: ${result.faults.join('; ')}`);
  const arena = await Arena.open(result.composed);
  const { name, text, variables = {}, conditions = {} } = fixture;
  const one: Case = { name, text, variables, conditions: { ...CALM, ...conditions } };
  try {
    return await arena.run(one);
  } finally {
    await arena.close();
  }
}
