import { getVariableValues, visit } from 'graphql';
import { type Case, type CaseName, caseOf, operationText, supergraphSeed } from './case.ts';
import { type Evidence, isSameData, type Reference } from './evidence.ts';
import { type Composed, compose, generateSubgraphs } from './generate/supergraph.ts';
import { type Judgement, judge } from './judge.ts';
import { type Planned, Planners } from './oracle/planned.ts';
import { Oracle } from './oracle/stock.ts';
import { Ours } from './ours.ts';
import { isPlanFree } from './world/conditions.ts';
import type { Session } from './world/subgraph.ts';
import { createWorld, type World } from './world/world.ts';

/** One world with everything that answers requests to it. */
export class Arena {
  /** Gets every fetch of every executor, one executor after the other. */
  trace: ((line: string) => void) | undefined;
  readonly world: World;
  readonly #planners: Planners;
  readonly #oracle: Oracle;
  readonly #ours: { readonly apollo: Ours; readonly hive: Ours };
  /** The rounds of an operation come one after the other. */
  #latest: { readonly key: string; readonly text: string } | undefined;

  private constructor(
    world: World,
    planners: Planners,
    ours: { readonly apollo: Ours; readonly hive: Ours },
  ) {
    this.world = world;
    this.#planners = planners;
    this.#oracle = new Oracle(world);
    this.#ours = ours;
  }

  static async open(composed: Composed): Promise<Arena> {
    const world = createWorld(composed);
    const [planners, apollo, hive] = await Promise.all([
      Planners.open(world),
      Ours.open(world, 'apollo'),
      Ours.open(world, 'hive'),
    ]);
    return new Arena(world, planners, { apollo, hive });
  }

  /** The arena of a generated supergraph; null when it does not compose. */
  static async generate(name: Pick<CaseName, 'seed' | 'supergraph'>): Promise<Arena | null> {
    const result = compose(generateSubgraphs(supergraphSeed(name)));
    return 'composed' in result ? Arena.open(result.composed) : null;
  }

  caseOf(name: CaseName): Case {
    const key = `${supergraphSeed(name)}/${name.operation}`;
    if (this.#latest?.key !== key) this.#latest = { key, text: operationText(this.world, name) };
    return caseOf(this.world, name, this.#latest.text);
  }

  /** @throws {GraphQLError} when the variables do not fit, which the generator should not let happen */
  async run(one: Case): Promise<{ readonly evidence: Evidence; readonly judgement: Judgement }> {
    const evidence = await this.#evidence(one);
    return { evidence, judgement: judge(evidence) };
  }

  async close(): Promise<void> {
    this.#planners.close();
    await Promise.all([this.#ours.apollo.close(), this.#ours.hive.close()]);
  }

  async #evidence({ text, variables, conditions }: Case): Promise<Evidence> {
    const whole = await this.#planners.plan(text, conditions.labels);
    const definitions = whole.context.operation.variableDefinitions ?? [];
    const { coerced, errors } = getVariableValues(this.world.apiSchema, definitions, variables);
    if (errors) throw errors[0];
    const planned = isPlanFree(conditions)
      ? whole
      : await this.#planners.planResolved(text, coerced, conditions.labels);
    const session = (who: string): Session => ({
      conditions,
      diary: [],
      invalid: [],
      asked: new Set(),
      ...(this.trace ? { trace: (line) => this.trace?.(`${who}: ${line}`) } : {}),
    });
    const monolith = await this.#oracle.monolith(whole, variables, session('monolith'));
    const apollo = await this.#apollo(planned, coerced, session).catch(() => undefined);
    const hive = await this.#hive(planned, coerced, session).catch(() => undefined);
    // One after the other: they share the planner process, which some operations bring down.
    const oursApollo = await this.#ours.apollo.execute(text, variables, session('ours apollo'));
    const oursHive = await this.#ours.hive.execute(text, variables, session('ours hive'));
    return {
      text,
      conditions,
      monolith,
      references: { apollo, hive },
      faults: { apollo: faultOf(planned.apollo), hive: faultOf(planned.hive) },
      ours: { apollo: oursApollo, hive: oursHive },
    };
  }

  /**
   * Apollo's executor with Apollo's plan, but for these faults of it:
   * - It counts the objects at a place of the plan and the representations of them as if none were left out, and so tells
   *   of the wrong object wherever one is, such as in a list of an interface of which one type is looked up. Where errors
   *   stand is taken from the plain executor.
   * - It lets the name of an `@interfaceObject` take the place of the object's type, which it knew, loses values such as
   *   `false` that a planner had renamed, and keeps only one of two lists in lists that two fetches bring, and of two
   *   objects that a planner gave two names. Where that makes a difference, data is taken from the plain executor as well.
   */
  async #apollo(planned: Planned, variables: Variables, session: NewSession): Promise<Reference | undefined> {
    const { apollo } = planned;
    if ('fault' in apollo || confusesTypes(planned)) return undefined;
    const [stock, plain] = await Promise.all([
      this.#oracle.stock(planned, variables, session('stock')),
      this.#oracle.plain(planned, apollo.step, variables, session('plain apollo')),
    ]);
    if (stock.invalid.length > 0) return undefined;
    const mended = { from: 'stock', answer: { ...stock, errors: plain.errors }, stock };
    if (isSameData(stock, plain)) return mended;
    const faulty = await this.#oracle.faulty(planned, apollo.step, variables, session('faulty apollo'));
    return isSameData(stock, faulty) ? { from: 'plain', answer: plain, stock } : mended;
  }

  async #hive(planned: Planned, variables: Variables, session: NewSession): Promise<Reference | undefined> {
    const { hive } = planned;
    if ('fault' in hive || confusesTypes(planned)) return undefined;
    const answer = await this.#oracle.plain(planned, hive.step, variables, session('plain hive'));
    return answer.invalid.length > 0 ? undefined : { from: 'plain', answer };
  }
}

/**
 * Whether a field has the alias `__typename`. Apollo's code reads there what type an object is, whatever a client calls
 * so, and it shapes the answers of both references: then there is none, and the monolith alone decides.
 */
function confusesTypes({ document }: Planned): boolean {
  let found = false;
  visit(document, {
    Field({ alias, name }) {
      if (alias?.value === '__typename' && name.value !== '__typename') found = true;
    },
  });
  return found;
}

function faultOf(plan: object): string | undefined {
  return 'fault' in plan ? String(plan.fault) : undefined;
}

type NewSession = (who: string) => Session;
type Variables = Readonly<Record<string, unknown>>;
