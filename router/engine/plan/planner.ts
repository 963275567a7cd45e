import type { QueryPlan as ApolloPlan } from '@apollo/query-planner';
import type { QueryPlan as HivePlan } from '@graphql-hive/router-query-planner';
import { ApiError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import { fromApollo } from './apollo.ts';
import { fromHive } from './hive.ts';
import type { Plan } from './plan.ts';
import {
  type OpenedPlanner,
  openInProcess,
  PlannerGoneError,
  type PlannerKind,
  type PlanQuery,
} from './process.ts';
import { widened } from './widen.ts';

/** An operation to be planned, and how to see whether a plan brings all of it. */
export interface CheckedQuery extends PlanQuery {
  /** Of the client's document, by which the log tells it: the text may hold what no log should. */
  readonly hash: string;
  /** The first field that the plan does not bring; null when it brings everything. */
  readonly missingFrom: (plan: Plan) => string | null;
}

/** Decides which subgraphs are asked for what. */
export interface Planner {
  /** @throws {PlanError} when it cannot be planned @throws {ApiError} OVERLOADED when too many wait already */
  plan(query: CheckedQuery): Promise<Plan>;
  close(): void;
}

/** Ends of the process by operations, after which it is left alone for a while. */
const CRASHES_MAX = 5;
const CRASH_WINDOW_MS = 60_000;

/**
 * Hive's planner, and Apollo's wherever that one has no binary, refuses, or breaks down; or Apollo's alone.
 *
 * @throws {PlanError} when no planner takes the supergraph
 */
export async function openPlanner(options: {
  readonly kind: PlannerKind;
  readonly sdl: string;
  readonly logger: Logger;
}): Promise<Planner> {
  const { kind, sdl, logger } = options;
  if (kind === 'apollo') return openApollo(sdl);
  try {
    const hive = await openInProcess('hive', sdl);
    return withFallback(hive, sdl, logger);
  } catch (error) {
    logger.warn({ fault: String(error) }, "Hive's planner cannot be used here; Apollo's plans instead");
    return openApollo(sdl);
  }
}

async function openApollo(sdl: string): Promise<Planner> {
  const opened = await openInProcess('apollo', sdl);
  return {
    plan: async (query) => fromApollo((await opened.plan(query)) as ApolloPlan),
    close: opened.close,
  };
}

interface Attempt {
  readonly plan: Plan;
  readonly missing: string | null;
}

function withFallback(hive: OpenedPlanner, sdl: string, logger: Logger): Planner {
  let fallback: Promise<Planner> | undefined;
  let crashesAtMs: number[] = [];

  function isTrusted(): boolean {
    const since = performance.now() - CRASH_WINDOW_MS;
    crashesAtMs = crashesAtMs.filter((atMs) => atMs > since);
    return crashesAtMs.length < CRASHES_MAX;
  }

  async function openFallback(): Promise<Planner> {
    try {
      return await openApollo(sdl);
    } catch (error) {
      // The next operation tries again.
      fallback = undefined;
      throw error;
    }
  }

  /** Null when it breaks down. */
  async function planWithHive(query: CheckedQuery): Promise<Attempt | null> {
    if (!isTrusted()) return null;
    try {
      const plan = fromHive((await hive.plan(query)) as HivePlan);
      const missing = query.missingFrom(plan);
      if (missing === null) return { plan, missing };
      const wide = widened(plan);
      return { plan: wide, missing: query.missingFrom(wide) };
    } catch (error) {
      // What is too much for this planner would be far too much for the other.
      if (error instanceof ApiError) throw error;
      if (error instanceof PlannerGoneError) crashesAtMs.push(performance.now());
      logger.warn(
        { fault: String(error), operation: query.operationName, hash: query.hash },
        "Apollo's planner plans what Hive's could not",
      );
      return null;
    }
  }

  return {
    async plan(query) {
      const first = await planWithHive(query);
      if (first?.missing === null) return first.plan;
      try {
        fallback ??= openFallback();
        const plan = await (await fallback).plan(query);
        if (first === null || query.missingFrom(plan) === null) return plan;
      } catch (error) {
        if (first === null) throw error;
      }
      const { operationName: operation, hash } = query;
      logger.error({ missing: first.missing, operation, hash }, 'no plan brings all that is asked for');
      return first.plan;
    },
    close() {
      hive.close();
      fallback?.then((planner) => planner.close()).catch(() => undefined);
    },
  };
}
