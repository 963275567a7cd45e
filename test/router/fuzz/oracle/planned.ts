import { type Operation, operationFromDocument } from '@apollo/federation-internals';
import { buildOperationContext, type executeQueryPlan } from '@apollo/gateway';
import { type QueryPlan as ApolloPlan, QueryPlanner } from '@apollo/query-planner';
import type { QueryPlan as HivePlan } from '@graphql-hive/router-query-planner';
import { type DocumentNode, parse, print } from 'graphql';
import { type OpenedPlanner, openInProcess } from '../../../../router/engine/plan/process.ts';
import { LABELS } from '../generate/directives.ts';
import type { World } from '../world/world.ts';
import { fromApolloPlan, fromHivePlan, type PlanStep } from './plan.ts';
import type { Renaming } from './renaming.ts';
import { resolve } from './resolved.ts';

type OperationContext = Parameters<typeof executeQueryPlan>[3];

/** An operation with what both planners make of it. A planner that gave up left its words instead of a plan. */
export interface Planned {
  readonly document: DocumentNode;
  /** What answers are shaped by. */
  readonly operation: Operation;
  readonly context: OperationContext;
  /** Of names that were given instead of the client's. */
  readonly renaming: Renaming | null;
  readonly apollo: { readonly plan: ApolloPlan; readonly step: PlanStep | null } | Fault;
  readonly hive: { readonly step: PlanStep | null } | Fault;
}

interface Fault {
  readonly fault: string;
}

/** The rounds of an operation come one after the other, and differ in their variables, which are not planned by. */
const PLANS_MAX = 50;

/** Both planners over one supergraph. */
export class Planners {
  readonly #world: World;
  readonly #apollo: QueryPlanner;
  readonly #hive: OpenedPlanner | Fault;
  readonly #plans = new Map<string, Pick<Planned, 'apollo' | 'hive'>>();

  private constructor(world: World, hive: OpenedPlanner | Fault) {
    this.#world = world;
    this.#apollo = new QueryPlanner(world.supergraph, { exposeDocumentNodeInFetchNode: true });
    this.#hive = hive;
  }

  /** Hive's planner is kept in the planner process of the router: some operations make it end its process. */
  static async open(world: World): Promise<Planners> {
    const opening = openInProcess('hive', world.composed.supergraphSdl);
    return new Planners(world, await opening.catch((error: unknown) => ({ fault: String(error) })));
  }

  /** Plans the operation as it is. */
  async plan(text: string, labels: readonly string[]): Promise<Planned> {
    const document = parse(text);
    return this.#plan(document, document, text, labels);
  }

  /** Plans the operation as it is with these variables. */
  async planResolved(
    text: string,
    variables: Readonly<Record<string, unknown>>,
    labels: readonly string[],
  ): Promise<Planned> {
    const { fetched, shaped, renaming } = resolve(this.#world.apiSchema, parse(text), variables);
    if (fetched !== null) return { ...(await this.#plan(shaped, fetched, print(fetched), labels)), renaming };
    return {
      ...this.#read(shaped),
      renaming,
      apollo: { plan: { kind: 'QueryPlan' }, step: null },
      hive: { step: null },
    };
  }

  close(): void {
    if (!('fault' in this.#hive)) this.#hive.close();
  }

  async #plan(
    shaped: DocumentNode,
    fetched: DocumentNode,
    text: string,
    labels: readonly string[],
  ): Promise<Planned> {
    const key = `${labels} ${text}`;
    const plans = this.#plans.get(key) ?? {
      apollo: this.#planApollo(fetched, labels),
      hive: await this.#planHive(text, labels),
    };
    if (this.#plans.size >= PLANS_MAX) this.#plans.clear();
    this.#plans.set(key, plans);
    return { ...this.#read(shaped), ...plans };
  }

  #planApollo(document: DocumentNode, labels: readonly string[]): Planned['apollo'] {
    try {
      const plan = this.#apollo.buildQueryPlan(this.#read(document).operation, {
        overrideConditions: new Map(LABELS.map((label) => [label, labels.includes(label)])),
      });
      return { plan, step: fromApolloPlan(plan) };
    } catch (error) {
      return { fault: String(error) };
    }
  }

  async #planHive(query: string, labels: readonly string[]): Promise<Planned['hive']> {
    if ('fault' in this.#hive) return this.#hive;
    try {
      const plan = await this.#hive.plan({ query, operationName: undefined, labels: new Set(labels) });
      return { step: fromHivePlan(plan as HivePlan) };
    } catch (error) {
      return { fault: String(error) };
    }
  }

  #read(document: DocumentNode): Pick<Planned, 'document' | 'operation' | 'context' | 'renaming'> {
    return {
      document,
      renaming: null,
      operation: operationFromDocument(this.#world.supergraph.apiSchema(), document, { validate: false }),
      context: buildOperationContext({ schema: this.#world.apiSchema, operationDocument: document }),
    };
  }
}
