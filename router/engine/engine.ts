import { GraphQLError, Kind } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import { internalError, toGraphQLError } from '../errors.ts';
import type { Operation } from '../operation/operation.ts';
import type { Mask } from '../protection/mask.ts';
import type { Weights } from '../protection/weights.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import type { Transport } from '../transport/port.ts';
import type { OnFetch } from './fetch/kit.ts';
import type { Raw } from './fetch/raw.ts';
import type { Run } from './fetch/run.ts';
import { finish } from './finish.ts';
import { Joins } from './join.ts';
import { namingOf } from './names.ts';
import { openPlanner, type Planner } from './plan/planner.ts';
import type { PlannerKind } from './plan/process.ts';
import { type OnPlan, Plans } from './plans.ts';
import type { Engine, EngineRequest, EngineResult, Primary, PrimaryFetch } from './port.ts';
import type { Prepared } from './prepare.ts';
import { TypeConditions } from './types.ts';

export interface EngineOptions {
  readonly supergraph: Supergraph;
  /** Asked once for each fetch that is compiled. What a transport answers belongs to the engine, which changes it. */
  readonly transportOf: (subgraph: string) => Transport;
  /** Hive's when left out, which hands over to Apollo's by itself where it cannot be used. */
  readonly planner?: PlannerKind;
  /** Of types and fields, when the answers are to be weighed. */
  readonly weights?: Weights;
  readonly logger: Logger;
  readonly onFetch?: OnFetch;
  readonly onPlan?: OnPlan;
}

/**
 * The router's engine: plans are compiled once and kept, entities are asked for once each, answers are shaped by compiled
 * functions.
 *
 * @throws {PlanError} when no planner takes the supergraph
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { supergraph, logger } = options;
  const planner = await openPlanner({ kind: options.planner ?? 'hive', sdl: supergraph.sdl, logger });
  return new CompiledEngine(options, planner);
}

class CompiledEngine implements Engine {
  readonly #planner: Planner;
  readonly #plans: Plans;
  readonly #logger: Logger;
  readonly #isWeighed: boolean;

  constructor(options: EngineOptions, planner: Planner) {
    const { supergraph, transportOf, weights, logger, onFetch, onPlan } = options;
    this.#planner = planner;
    this.#logger = logger;
    this.#isWeighed = weights !== undefined;
    const kit = {
      supergraph,
      planner,
      weights,
      transportOf,
      logger,
      onFetch,
      types: new TypeConditions(supergraph.schema),
      schema: supergraph.schema,
      joins: new Joins(supergraph),
      naming: namingOf(supergraph.schema),
    };
    this.#plans = new Plans(kit, onPlan);
  }

  execute(request: EngineRequest): Promise<EngineResult> {
    let prepared: Prepared | Promise<Prepared>;
    try {
      prepared = this.#plans.get(request);
    } catch (error) {
      return Promise.resolve(this.#failed(request, error));
    }
    if (!(prepared instanceof Promise)) return this.#run(request, prepared);
    return prepared.then(
      (ready) => this.#run(request, ready),
      (error: unknown) => this.#failed(request, error),
    );
  }

  async primaryFetch(request: EngineRequest): Promise<PrimaryFetch> {
    const { primary } = (await this.#plans.get(request)).plan;
    if (primary === null) throw nothingToStream(request);
    const { query, operationName, subgraph } = primary.sender.described;
    return { subgraph, query, operationName, variables: primary.sender.variablesOf({ request }) };
  }

  async warm(operation: Operation, mask: Mask | null, labels: ReadonlySet<string>): Promise<void> {
    await this.#plans.get({ operation, mask, labels, variables: likelyConditions(operation) });
  }

  get planCount(): number {
    return this.#plans.count;
  }

  async close(): Promise<void> {
    this.#planner.close();
  }

  /** One hop less than an async function where a plan is at hand, and none where nothing is fetched. */
  #run(request: EngineRequest, prepared: Prepared): Promise<EngineResult> {
    const run: Run = { request, data: {}, errors: [], isReplay: false };
    const { step, primary } = prepared.plan;
    const waiting = primary === null ? step?.(run) : runPrimary(run, prepared, request.primary);
    if (waiting === undefined) return Promise.resolve(this.#finish(run, prepared));
    return waiting.then(
      () => this.#finish(run, prepared),
      (error: unknown) => this.#failed(request, error),
    );
  }

  #finish(run: Run, prepared: Prepared): EngineResult {
    try {
      return finish(run, prepared, this.#isWeighed, this.#logger);
    } catch (error) {
      return this.#failed(run.request, error);
    }
  }

  #failed(request: EngineRequest, error: unknown): EngineResult {
    if (error instanceof GraphQLError) return { errors: [error], isReplay: false };
    const { requestId } = request.caller;
    this.#logger.error({ requestId, err: error }, 'an operation could not be carried out');
    return { errors: [toGraphQLError(internalError(requestId))], isReplay: false };
  }
}

/** A subscription's message: the primary fetch is answered first, then the rest of the plan runs. */
async function runPrimary(run: Run, prepared: Prepared, given: Primary | undefined): Promise<void> {
  const { primary, step } = prepared.plan;
  if (primary === null) return;
  if (given?.kind === 'RESULT') primary.receive(run, given.result);
  else await primary.ask(run, given?.event);
  await step?.(run);
}

function nothingToStream({ mask, operation }: EngineRequest): GraphQLError {
  const [denial] = mask?.denied.values() ?? [];
  if (denial === undefined)
    return new GraphQLError(`A ${operation.kind} has no stream.`, { extensions: { code: 'BAD_USER_INPUT' } });
  return new GraphQLError(denial.message, { extensions: { ...denial.extensions, code: denial.code } });
}

/** Boolean variables as they are by default, or true. */
function likelyConditions({ definition }: Operation): Readonly<Record<string, unknown>> {
  const values: Raw = {};
  for (const { variable, defaultValue } of definition.variableDefinitions ?? []) {
    values[variable.name.value] = defaultValue?.kind === Kind.BOOLEAN ? defaultValue.value : true;
  }
  return values;
}
