import type { GraphQLError } from 'graphql';
import type { Viewer } from '../../platform/viewer.ts';
import type { StreamMessage } from '../../schema/events.ts';
import type { Engine } from '../engine/port.ts';
import type { RouterMetrics } from '../metrics.ts';
import type { SubscriptionPlan } from './plan.ts';

/** A message, resolved and serialised. */
export interface ResolvedMessage {
  /** JSON text of the ExecutionResult. What it was made from is let go: many are kept for a while. */
  readonly json: string;
  readonly hasData: boolean;
  /** The first of its errors. */
  readonly error: GraphQLError | null;
}

/** Resolves each message once for all subscribers who get the same. */
export interface MessageResolver {
  resolve(
    plan: SubscriptionPlan,
    viewer: Viewer,
    message: StreamMessage,
    requestId: string,
  ): Promise<ResolvedMessage>;
}

/** Long enough for subscribers who get the event a little later, short enough to be the state "as it is now". */
const SHARED_MS = 500;
const SHARED_MESSAGES_MAX = 5_000;

interface Shared {
  readonly message: Promise<ResolvedMessage>;
  readonly expiresAtMs: number;
}

export function createMessageResolver(engine: Engine, metrics: RouterMetrics): MessageResolver {
  // Insertion order is expiry order, so the oldest are at the front.
  const shared = new Map<string, Shared>();

  function forgetOld(nowMs: number): void {
    for (const [key, { expiresAtMs }] of shared) {
      if (expiresAtMs > nowMs && shared.size <= SHARED_MESSAGES_MAX) return;
      shared.delete(key);
    }
  }

  async function run(
    plan: SubscriptionPlan,
    viewer: Viewer,
    message: StreamMessage,
    requestId: string,
  ): Promise<ResolvedMessage> {
    const { document, operationName, variables, field } = plan;
    const event = { [field]: message };
    const result = await engine.execute({ document, operationName, variables, viewer, requestId, event });
    const error = result.errors?.[0] ?? null;
    return { json: JSON.stringify(result), hasData: Boolean(result.data), error };
  }

  return {
    resolve(plan, viewer, message, requestId) {
      // A first message is one subscriber's alone: its cursor is not the one of an event.
      if (message.event === null) return run(plan, viewer, message, requestId);
      const nowMs = Date.now();
      forgetOld(nowMs);
      const key = `${message.event.id} ${plan.shareKey}`;
      const known = shared.get(key);
      if (known) {
        metrics.resolutions.inc({ shared: 'yes' });
        return known.message;
      }
      metrics.resolutions.inc({ shared: 'no' });
      const resolving = run(plan, viewer, message, requestId);
      shared.set(key, { message: resolving, expiresAtMs: nowMs + SHARED_MS });
      const forget = (): void => void shared.delete(key);
      // An outage is not remembered: who comes later may get the whole answer.
      resolving.then(({ error }) => (error ? forget() : undefined), forget);
      return resolving;
    },
  };
}
