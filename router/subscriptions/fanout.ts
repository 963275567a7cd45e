import { randomUUID } from 'node:crypto';
import { sleep } from '../../platform/clock.ts';
import { ApiError } from '../../platform/errors.ts';
import type { Feed, FeedItem } from '../../platform/feed/port.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { StreamMessage } from '../../schema/events.ts';
import type { SubscriptionPlan } from './plan.ts';
import type { MessageResolver } from './resolve.ts';

/** Where a subscriber's messages go. Resolves when it can take the next; that is the back-pressure to the feed. */
export type Send = (json: string) => Promise<void>;

/** Events of one subscriber that are resolved at the same time; they are sent in order all the same. */
const RESOLVED_AHEAD_MAX = 16;
/** For an event whose data cannot be had just now: a subgraph that restarts is back within these. */
const RETRIES_MAX = 6;
const RETRY_DELAY_MS = 100;

export interface Serving {
  readonly plan: SubscriptionPlan;
  readonly viewer: Viewer;
  readonly feed: Feed;
  readonly resolver: MessageResolver;
  readonly send: Send;
  readonly signal: AbortSignal;
}

/**
 * Serves one subscription until `signal` ends it: the first message (state and cursor) or what was missed, then
 * every event, each resolved at most once for all who share it and sent in order. An event that cannot be resolved
 * ends the stream with its error rather than being passed over: the subscriber resumes from its last cursor.
 *
 * @throws {ApiError} what the feed throws (CURSOR_EXPIRED, BAD_USER_INPUT, UNAVAILABLE), or the fault that leaves
 *   a message without data
 */
export async function serveSubscription(serving: Serving): Promise<void> {
  const { plan, viewer, feed, send, signal } = serving;
  const requestId = randomUUID();
  const ended = new AbortController();
  const end = (): void => ended.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const underWay: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();
  let opened = plan.after !== null;
  const items = feed.subscribe({
    organizationId: viewer.organizationId,
    matches: plan.matches,
    after: plan.after,
    signal: ended.signal,
  });
  try {
    for await (const item of items) {
      // After a resume the cursor of the last event is the client's; there is nothing to tell.
      if (item.kind === 'CAUGHT_UP' && opened) continue;
      const resolving = resolveFully(serving, messageOf(item), requestId);
      resolving.catch(end);
      opened = true;
      last = last.then(async () => {
        const json = await resolving;
        if (!signal.aborted) await send(json);
      });
      last.catch(end);
      underWay.push(last);
      if (underWay.length >= RESOLVED_AHEAD_MAX) await underWay.shift();
    }
    await last;
  } finally {
    end();
    signal.removeEventListener('abort', end);
  }
}

function messageOf(item: FeedItem): StreamMessage {
  return item.kind === 'EVENT'
    ? { cursor: item.event.cursor, event: item.event }
    : { cursor: item.cursor, event: null };
}

/** The message's JSON. @throws its first error when it has no data, for an event after some more attempts. */
async function resolveFully(serving: Serving, message: StreamMessage, requestId: string): Promise<string> {
  const { resolver, plan, viewer, signal } = serving;
  for (let attempt = 0; ; attempt++) {
    const { json, hasData, error } = await resolver.resolve(plan, viewer, message, requestId);
    if (hasData) return json;
    const attemptsLeft = message.event !== null && attempt < RETRIES_MAX && !signal.aborted;
    if (!attemptsLeft) throw error ?? noData();
    await sleep(RETRY_DELAY_MS * 2 ** attempt, signal);
  }
}

function noData(): ApiError {
  return new ApiError('UNAVAILABLE', 'The message could not be resolved; resume from the last cursor.');
}
