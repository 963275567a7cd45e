import { executeQueryPlan, type GraphQLDataSource, type ServiceMap } from '@apollo/gateway';
// Not part of what the package offers; its executor shapes answers with it.
import { computeResponse } from '@apollo/gateway/dist/resultShaping.js';
import { executeSync, GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import type { Transport } from '../../../../router/transport/port.ts';
import { executeMonolith } from '../world/monolith.ts';
import type { Session } from '../world/subgraph.ts';
import { transportsOf, type World } from '../world/world.ts';
import type { Answer } from './answer.ts';
import { callerOf, errorsOf, unavailable } from './errors.ts';
import { PlainExecutor } from './plain.ts';
import type { PlanStep } from './plan.ts';
import type { Planned } from './planned.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Everything that tells what the right answer is, over one world. */
export class Oracle {
  readonly #world: World;
  readonly #sessions = new Map<string, Session>();
  readonly #services: ServiceMap;
  readonly #plain: PlainExecutor;
  readonly #faulty: PlainExecutor;
  #requests = 0;

  constructor(world: World) {
    this.#world = world;
    const transports = transportsOf(world, (requestId) => present(this.#sessions.get(requestId)));
    this.#services = Object.fromEntries(
      transports.map((transport) => [transport.name, serviceOf(transport)]),
    );
    const knows = (subgraph: string, typeName: string) =>
      world.subgraphs.get(subgraph)?.schema.getType(typeName) !== undefined;
    this.#plain = new PlainExecutor(world.monolith.schema, transports, knows, false);
    this.#faulty = new PlainExecutor(world.monolith.schema, transports, knows, true);
  }

  /** Apollo's executor with Apollo's plan. */
  stock(planned: Planned, variables: Variables, session: Session): Promise<Answer> {
    return this.#within(planned, session, async (requestId) => {
      if ('fault' in planned.apollo) throw new Error(planned.apollo.fault);
      const result = await executeQueryPlan(
        planned.apollo.plan,
        this.#services,
        {
          request: { variables },
          context: { requestId },
          metrics: {},
          logger: SILENT,
        } as unknown as Parameters<typeof executeQueryPlan>[2],
        planned.context,
        this.#world.monolith.schema,
        this.#world.supergraph.apiSchema(),
      );
      const hidden = result.extensions?.valueCompletion as readonly GraphQLFormattedError[] | undefined;
      return {
        data: result.data ?? null,
        errors: errorsOf(result.errors),
        misfits: errorsOf(hidden),
        ...told(session),
      };
    });
  }

  /** A plan of either planner, carried out in the plainest way, and shaped by Apollo's code. */
  plain(planned: Planned, step: PlanStep | null, variables: Variables, session: Session): Promise<Answer> {
    return this.#carryOut(this.#plain, planned, step, variables, session);
  }

  /** The same, with the faults of Apollo's executor. */
  faulty(planned: Planned, step: PlanStep | null, variables: Variables, session: Session): Promise<Answer> {
    return this.#carryOut(this.#faulty, planned, step, variables, session);
  }

  #carryOut(
    executor: PlainExecutor,
    planned: Planned,
    step: PlanStep | null,
    variables: Variables,
    session: Session,
  ): Promise<Answer> {
    return this.#within(planned, session, async (requestId) => {
      const { data: input, errors } = await executor.run(step, variables, requestId);
      const { data, errors: misfits } = computeResponse({
        operation: planned.operation,
        variables: variables as Record<string, unknown>,
        input,
        introspectionHandling: (field) =>
          this.#introspect(planned, field.expandFragments().toSelectionNode(), variables),
      });
      return { data, errors, misfits: errors.length > 0 ? [] : errorsOf(misfits), ...told(session) };
    });
  }

  /** The same data behind one schema. */
  async monolith(planned: Planned, variables: Variables, session: Session): Promise<Answer> {
    const { data, errors } = await executeMonolith(
      this.#world.monolith,
      planned.document,
      variables,
      session,
    );
    return { data: data ?? null, errors: errorsOf(errors), misfits: [], ...told(session) };
  }

  #introspect(planned: Planned, selection: object, variables: Variables): unknown {
    const { data } = executeSync({
      schema: this.#world.apiSchema,
      document: {
        kind: Kind.DOCUMENT,
        definitions: [
          {
            ...planned.context.operation,
            directives: [],
            variableDefinitions: [],
            selectionSet: { kind: Kind.SELECTION_SET, selections: [selection as never] },
          },
        ],
      },
      variableValues: variables,
    });
    return Object.values(data ?? {})[0];
  }

  async #within(
    { renaming }: Planned,
    session: Session,
    work: (requestId: string) => Promise<Answer>,
  ): Promise<Answer> {
    const requestId = String(++this.#requests);
    this.#sessions.set(requestId, session);
    try {
      const answer = await work(requestId);
      return renaming === null ? answer : renaming.restore(answer);
    } finally {
      this.#sessions.delete(requestId);
    }
  }
}

function told({ diary, invalid, asked }: Session): Pick<Answer, 'diary' | 'invalid' | 'asked'> {
  return { diary, invalid, asked };
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a request outlived its case');
  return value;
}

/** A transport in the form that Apollo's executor calls. */
function serviceOf(transport: Transport): GraphQLDataSource {
  return {
    async process(options) {
      const { query = '', variables = {}, operationName } = options.request;
      const { requestId } = options.context as unknown as { readonly requestId: string };
      try {
        const answer = await transport.execute({
          kind: 'query' as never,
          query,
          variables,
          caller: callerOf(requestId),
          ...(operationName === undefined ? {} : { operationName }),
        });
        const errors = answer.errors?.map((error) =>
          error instanceof GraphQLError ? error.toJSON() : error,
        );
        return { data: answer.data ?? null, ...(errors?.length ? { errors } : {}) };
      } catch {
        const { representations } = variables;
        const places = Array.isArray(representations)
          ? representations.map((_, index) => ['_entities', index])
          : null;
        const errors = places ? unavailable(null, places) : unavailable(query, []);
        return {
          data: null,
          errors: errors.map(({ path, message }) => ({ message, ...(path ? { path } : {}) })),
        };
      }
    },
  };
}
