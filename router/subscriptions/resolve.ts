import { randomUUID } from 'node:crypto';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { sleep } from '../../platform/clock.ts';
import { ApiError } from '../../platform/errors.ts';
import type { Caller } from '../caller.ts';
import type { Observability } from '../observability/observability.ts';
import type { Budget, Pipeline } from '../pipeline.ts';
import type { StreamedMessage } from './message.ts';
import type { StreamPlan } from './plan.ts';
import type { SourceEvent } from './source.ts';
import type { Asker } from './subscriber.ts';

/** Resolves each event once for all subscribers who get the same. */
export interface MessageResolver {
  /**
   * @param asker in whose name, and at whose expense, it is resolved when nobody did before
   * @param passesFailures whether an answer without data is a message too
   * @throws the answer's first error when it has no data, after some more attempts for an event
   */
  resolve(
    plan: StreamPlan,
    event: SourceEvent,
    asker: Asker,
    passesFailures: boolean,
  ): Promise<StreamedMessage>;
  /** Lets go what is no longer shared. */
  prune(nowMs: number): void;
}

/** Long enough for subscribers who get the event a little later, short enough to be the state "as it is now". */
const SHARED_MS = 500;
const SHARED_MESSAGES_MAX = 5_000;
/** For an event whose data cannot be had just now: a subgraph that restarts is back within these. */
const RETRIES_MAX = 6;
const RETRY_DELAY_MS = 100;

interface Resolved {
  readonly message: StreamedMessage;
  readonly hasErrors: boolean;
}

interface Shared {
  readonly resolved: Promise<Resolved>;
  readonly expiresAtMs: number;
}

export interface ResolverParts {
  readonly pipeline: Pipeline;
  readonly budget: Budget | null;
  readonly observability: Observability;
}

export function createMessageResolver(parts: ResolverParts): MessageResolver {
  // Insertion order is expiry order, so the oldest are at the front.
  const shared = new Map<string, Shared>();

  function prune(nowMs: number): void {
    for (const [key, { expiresAtMs }] of shared) {
      if (expiresAtMs > nowMs && shared.size <= SHARED_MESSAGES_MAX) return;
      shared.delete(key);
    }
  }

  function share(key: string, work: Work): Promise<Resolved> {
    const nowMs = Date.now();
    prune(nowMs);
    const known = shared.get(key);
    parts.observability.metrics.streams.messageResolved(known !== undefined);
    if (known) return known.resolved;
    const resolved = resolveFully(parts, work);
    shared.set(key, { resolved, expiresAtMs: nowMs + SHARED_MS });
    const forget = (): void => void shared.delete(key);
    // An outage is not remembered: who comes later may get the whole answer.
    resolved.then(({ hasErrors }) => (hasErrors ? forget() : undefined), forget);
    return resolved;
  }

  return {
    prune,
    async resolve(plan, event, asker, passesFailures) {
      const work = { plan, event, asker, passesFailures };
      const resolving =
        event.id === null ? resolveFully(parts, work) : share(`${event.id} ${plan.shareKey}`, work);
      return (await resolving).message;
    },
  };
}

interface Work {
  readonly plan: StreamPlan;
  readonly event: SourceEvent;
  readonly asker: Asker;
  readonly passesFailures: boolean;
}

async function resolveFully(parts: ResolverParts, work: Work): Promise<Resolved> {
  const { event, passesFailures } = work;
  const { position, cursor } = event;
  // A first message is asked for by its client again, an event would be lost on it.
  const attemptsMax = event.id === null ? 1 : RETRIES_MAX + 1;
  for (let attempt = 1; ; attempt++) {
    const result = await run(parts, work);
    if (passesFailures || result.data) {
      const message = { position, cursor, payload: Buffer.from(JSON.stringify(result)) };
      return { message, hasErrors: result.errors !== undefined };
    }
    if (attempt >= attemptsMax) throw result.errors?.[0] ?? noData();
    await sleep(RETRY_DELAY_MS * 2 ** (attempt - 1));
  }
}

/** The estimate is taken whether or not the budget has it left: a stream may put its payer in debt, and loses nothing. */
async function run({ pipeline, budget, observability }: ResolverParts, work: Work): Promise<ExecutionResult> {
  const { plan, event, asker } = work;
  const { cost, operation } = plan.admitted;
  const record = observability.begin({ requestId: randomUUID(), arrival: 'event' });
  const { requestId, span } = record;
  const isTraced = Object.keys(record.headers).length > 0;
  const headers = isTraced ? { ...asker.headers, ...record.headers } : asker.headers;
  const caller: Caller = { identity: asker.identity, headers, requestId, record, span };
  if (cost !== null) budget?.settle(asker.identity.budgetKey, cost.estimated);
  const result = await pipeline.execute({ ...plan.admitted, caller }, event.primary);
  observability.finish(record, { operation, status: 200, answer: result });
  if (result.extensions?.cost === undefined) return result;
  // One message goes to many, and what is left of a budget is its payer's.
  const { cost: _, ...extensions } = result.extensions;
  const { data, errors } = result;
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined ? {} : { errors }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
  };
}

function noData(): GraphQLError {
  return new ApiError('UNAVAILABLE', 'The message could not be resolved; resume from the last cursor.');
}
