import { parse } from 'graphql';
import { createLogger } from '../../../platform/log.ts';
import { createEngine } from '../../../router/engine/engine.ts';
import type { Engine } from '../../../router/engine/port.ts';
import { OperationStore } from '../../../router/operation/store.ts';
import { coerceVariables } from '../../../router/operation/variables.ts';
import { readSupergraph } from '../../../router/supergraph/read.ts';
import type { Supergraph } from '../../../router/supergraph/supergraph.ts';
import type { Transport } from '../../../router/transport/port.ts';
import type { Answer } from './oracle/answer.ts';
import { callerOf, errorsOf } from './oracle/errors.ts';
import type { Session } from './world/subgraph.ts';
import { transportsOf, type World } from './world/world.ts';

export type PlannerKind = 'hive' | 'apollo';

const logger = createLogger({ name: 'fuzz', level: 'silent' });

/** The router's engine over one world, with either planner. */
export class Ours {
  readonly supergraph: Supergraph;
  readonly #engine: Engine;
  readonly #operations: OperationStore;
  readonly #sessions: Map<string, Session>;
  #requests = 0;

  private constructor(supergraph: Supergraph, engine: Engine, sessions: Map<string, Session>) {
    this.supergraph = supergraph;
    this.#engine = engine;
    this.#operations = new OperationStore(supergraph.apiSchema, (text) => parse(text));
    this.#sessions = sessions;
  }

  static async open(world: World, planner: PlannerKind): Promise<Ours> {
    const supergraph = readSupergraph(world.composed.supergraphSdl);
    const sessions = new Map<string, Session>();
    const transports = new Map(
      transportsOf(world, (requestId) => present(sessions.get(requestId))).map((one) => [one.name, one]),
    );
    const transportOf = (name: string): Transport => present(transports.get(name));
    const engine = await createEngine({ supergraph, transportOf, planner, logger });
    return new Ours(supergraph, engine, sessions);
  }

  /** @param variables as a client sends them */
  async execute(
    text: string,
    variables: Readonly<Record<string, unknown>>,
    session: Session,
  ): Promise<Answer> {
    const operation = this.#operations.get(text, undefined);
    const requestId = `r${++this.#requests}`;
    this.#sessions.set(requestId, session);
    try {
      const result = await this.#engine.execute({
        operation,
        variables: coerceVariables(this.supergraph.apiSchema, operation, variables),
        caller: callerOf(requestId),
        mask: null,
        labels: new Set(session.conditions.labels),
      });
      const errors = result.errors ?? [];
      const ofSubgraphs = errors.filter(({ extensions }) => extensions.subgraph !== undefined);
      const others = errors.filter(({ extensions }) => extensions.subgraph === undefined);
      return {
        data: result.data ?? null,
        errors: errorsOf(ofSubgraphs),
        misfits: errorsOf(others),
        diary: session.diary,
        invalid: session.invalid,
        asked: session.asked,
      };
    } finally {
      this.#sessions.delete(requestId);
    }
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no such transport, or a request outlived its case');
  return value;
}
