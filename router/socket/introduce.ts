import { GraphQLError } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import { readBearer, unauthenticated } from '../auth.ts';
import type { Identity } from '../caller.ts';
import type { RouterConfig } from '../config.ts';
import type { Credentials } from '../subscriptions/credentials.ts';
import type { Streams } from '../subscriptions/streams.ts';
import type { Asker } from '../subscriptions/subscriber.ts';
import { CLOSE } from './closes.ts';
import type { Payload } from './messages.ts';
import { SocketOperation } from './operation.ts';
import type { Session } from './session.ts';

export interface IntroductionParts {
  readonly config: RouterConfig;
  readonly credentials: Credentials;
  readonly streams: Streams;
}

/** Takes the credentials of `connection_init`, else of the upgrade, and acknowledges them or closes the socket. */
export async function introduce(
  parts: IntroductionParts,
  session: Session,
  payload: Payload | null,
): Promise<void> {
  const given = authorizationIn(payload) ?? session.peer.authorization;
  const { config, credentials } = parts;
  try {
    const token = tokenIn(given, config);
    const identity = await credentials.identify(token, session.peer.address);
    if (!identity.isAuthenticated && (config.requiresCredentials ?? true)) {
      throw unauthenticated('The socket has no credentials.');
    }
    if (!session.isOpen) return;
    accept(parts, session, { token, identity, given });
    session.phase = 'READY';
    const { expiresAtMs } = identity;
    session.send(
      JSON.stringify({
        type: 'connection_ack',
        ...(expiresAtMs === null ? {} : { payload: { expiresAt: new Date(expiresAtMs).toISOString() } }),
      }),
    );
  } catch (error) {
    if (codeOf(error) === 'UNAUTHENTICATED') session.close(CLOSE.UNAUTHORIZED, 'Unauthorized');
    else session.close(CLOSE.TRY_AGAIN_LATER, 'Credentials cannot be checked');
  }
}

/**
 * Replaces the credentials of an open socket by those of a `ping`, before the old ones end. Streams go on; where the new
 * ones see more or less, they are authorised anew. Bad ones change nothing. Either way a `pong` tells.
 */
export async function refresh(parts: IntroductionParts, session: Session, given: string): Promise<void> {
  const { config, credentials, streams } = parts;
  try {
    const token = tokenIn(given, config);
    if (token === null) throw unauthenticated('The credentials are malformed.');
    const identity = await credentials.identify(token, session.peer.address);
    const { asker } = session;
    if (!session.isOpen || asker === null) return;
    refuseStranger(asker.identity, identity, config);
    accept(parts, session, { token, identity, given });
    await reauthoriseAll(streams, session, session.asker ?? asker);
    const { expiresAtMs } = identity;
    pong(session, {
      authorized: true,
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    pong(session, { authorized: false, reason: error.message, code: codeOf(error) });
  }
}

async function reauthoriseAll(streams: Streams, session: Session, asker: Asker): Promise<void> {
  for (const operation of [...session.operations.values()]) {
    if (!(operation instanceof SocketOperation) || operation.subscriber === null) continue;
    await streams.reauthorise(operation.subscriber, asker);
  }
}

/** The credentials in a message's payload; undefined for none. */
export function authorizationIn(payload: Payload | null): string | undefined {
  const { authorization, Authorization } = payload ?? {};
  const given = authorization ?? Authorization;
  if (given === undefined || given === null) return undefined;
  return typeof given === 'string' ? given : '';
}

function accept(
  { config, credentials }: IntroductionParts,
  session: Session,
  {
    token,
    identity,
    given,
  }: {
    readonly token: string | null;
    readonly identity: Identity;
    readonly given: string | undefined;
  },
): void {
  // The new ones first, so that a token that is held by nobody else is not forgotten in between.
  const before = session.token;
  const isHeld = token !== null && identity.isAuthenticated;
  if (isHeld) credentials.hold(token, identity, session);
  if (before !== null && before !== token) credentials.release(before, session);
  session.token = isHeld ? token : null;
  const isForwarded = config.forwardedHeaders?.includes('authorization') ?? false;
  const { headers } = session.peer;
  session.asker = {
    identity,
    headers: isForwarded && given !== undefined ? { ...headers, authorization: given } : headers,
  };
}

/** @throws {ApiError} UNAUTHENTICATED for what are no credentials, unless a subgraph may know what they are */
function tokenIn(given: string | undefined, config: RouterConfig): string | null {
  if (given === undefined) return null;
  const token = readBearer(given);
  const isTheirs = config.forwardedHeaders?.includes('authorization') ?? false;
  if (token === null && !isTheirs) throw unauthenticated('The credentials are malformed.');
  return token;
}

/** A socket's streams may see more or less with a new token, but never those of somebody else. */
function refuseStranger(before: Identity, now: Identity, { requiresCredentials }: RouterConfig): void {
  if (before.isAuthenticated && !now.isAuthenticated) throw unauthenticated('The credentials say nobody.');
  if (!now.isAuthenticated && (requiresCredentials ?? true)) {
    throw unauthenticated('The credentials say nobody.');
  }
  if (!before.isAuthenticated || before.shareKey === now.shareKey) return;
  const isSame =
    before.viewer !== null && now.viewer !== null
      ? before.viewer.organizationId === now.viewer.organizationId
      : before.viewer === now.viewer &&
        before.claims.sub !== undefined &&
        before.claims.iss === now.claims.iss &&
        before.claims.sub === now.claims.sub;
  if (!isSame) throw new ApiError('FORBIDDEN', 'The credentials are of somebody else: open another socket.');
}

function pong(session: Session, payload: Payload): void {
  session.send(JSON.stringify({ type: 'pong', payload }));
}

function codeOf(error: unknown): unknown {
  return error instanceof GraphQLError ? error.extensions.code : undefined;
}
