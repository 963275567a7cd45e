import { randomUUID } from 'node:crypto';
import { ApiError } from '../../platform/errors.ts';
import type { Feed } from '../../platform/feed/port.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { StreamMessage } from '../../schema/events.ts';
import type { SubscriptionPlan } from './plan.ts';
import type { MessageResolver } from './resolve.ts';

/** Where a subscriber's messages go. Resolves when it can take the next; that is the back-pressure to the feed. */
export type Send = (json: string) => Promise<void>;

/**
 * Serves one subscription until `signal` ends it: the first message (state and cursor) or what was missed, then
 * every event, each resolved at most once for all who share it and sent in order.
 *
 * @throws {ApiError} what the feed throws (CURSOR_EXPIRED, BAD_USER_INPUT, UNAVAILABLE), or the fault that leaves
 *   the first message without data
 */
export async function serveSubscription(parts: {
  readonly plan: SubscriptionPlan;
  readonly viewer: Viewer;
  readonly feed: Feed;
  readonly resolver: MessageResolver;
  readonly send: Send;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { plan, viewer, feed, resolver, send, signal } = parts;
  const requestId = randomUUID();
  let opened = plan.after !== null;
  const items = feed.subscribe({
    organizationId: viewer.organizationId,
    matches: plan.matches,
    after: plan.after,
    signal,
  });
  for await (const item of items) {
    if (signal.aborted) return;
    // After a resume the cursor of the last event is the client's; there is nothing to tell.
    if (item.kind === 'CAUGHT_UP' && opened) continue;
    const message: StreamMessage =
      item.kind === 'EVENT'
        ? { cursor: item.event.cursor, event: item.event }
        : { cursor: item.cursor, event: null };
    const { json, result } = await resolver.resolve(plan, viewer, message, requestId);
    // A stream over something that cannot be shown does not start.
    if (!opened && !result.data) throw result.errors?.[0] ?? noFirstMessage();
    opened = true;
    if (!signal.aborted) await send(json);
  }
}

function noFirstMessage(): ApiError {
  return new ApiError('INTERNAL_SERVER_ERROR', 'The subscription could not be started.');
}
