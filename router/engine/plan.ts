import { operationFromDocument, type Schema } from '@apollo/federation-internals';
import { buildOperationContext, type executeQueryPlan } from '@apollo/gateway';
import type { QueryPlan, QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { KEPT_DOCUMENT_LENGTH_MAX } from '../config.ts';
import { Lru } from '../lru.ts';

type OperationContext = Parameters<typeof executeQueryPlan>[3];

/** What is worked out once for an operation. */
export interface CompiledPlan {
  readonly plan: QueryPlan;
  readonly context: OperationContext;
  /** Text of the subscription's fetch that an event answers. */
  readonly primaryOperation: string | undefined;
}

/** A cold plan was measured at 18 ms of blocked event loop; a plan takes some tens of kilobytes. */
const PLANS_MAX = 1_000;

/** Plans by document and operation name. */
export class PlanCache {
  readonly #planner: QueryPlanner;
  readonly #schema: Schema;
  readonly #apiSchema: GraphQLSchema;
  readonly #plans = new Lru<string, CompiledPlan>(PLANS_MAX);
  readonly #keys = new WeakMap<DocumentNode, string>();
  #keysGiven = 0;

  constructor(planner: QueryPlanner, schema: Schema, apiSchema: GraphQLSchema) {
    this.#planner = planner;
    this.#schema = schema;
    this.#apiSchema = apiSchema;
  }

  /** @throws {GraphQLError} when the document has no such operation. */
  get(document: DocumentNode, operationName: string | undefined): CompiledPlan {
    const key = `${this.#keyOf(document)}\0${operationName ?? ''}`;
    const known = this.#plans.get(key);
    if (known) return known;
    const compiled = this.#compile(document, operationName);
    if (key.length <= KEPT_DOCUMENT_LENGTH_MAX) this.#plans.set(key, compiled);
    return compiled;
  }

  /** The text it was parsed from; a number for one that was parsed without locations. */
  #keyOf(document: DocumentNode): string {
    const text = document.loc?.source.body;
    if (text !== undefined) return text;
    const given = this.#keys.get(document);
    if (given !== undefined) return given;
    const key = `#${++this.#keysGiven}`;
    this.#keys.set(document, key);
    return key;
  }

  #compile(document: DocumentNode, operationName: string | undefined): CompiledPlan {
    const operation = operationFromDocument(this.#schema, document, {
      validate: false,
      ...(operationName === undefined ? {} : { operationName }),
    });
    const plan = this.#planner.buildQueryPlan(operation);
    const context = buildOperationContext({
      schema: this.#apiSchema,
      operationDocument: document,
      ...(operationName === undefined ? {} : { operationName }),
    });
    const { node } = plan;
    if (node?.kind !== 'Subscription') return { plan, context, primaryOperation: undefined };
    // The event stands in for the stream: the primary becomes a fetch like others, followed by the rest.
    const nodes = node.rest ? [node.primary, node.rest] : [node.primary];
    return {
      plan: { ...plan, node: { kind: 'Sequence', nodes } },
      context,
      primaryOperation: node.primary.operation,
    };
  }
}
