import { ApiError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { StreamLimits } from '../subscriptions/limits.ts';
import { CLOSE } from './closes.ts';
import { authorizationIn, type IntroductionParts, introduce, refresh } from './introduce.ts';
import { type ClientMessage, MessageError, readMessage } from './messages.ts';
import { type OperationParts, runOperation } from './operation.ts';
import type { Session } from './session.ts';

export interface ProtocolParts extends IntroductionParts, OperationParts {
  readonly logger: Logger;
}

/** Longer payloads of a `ping` are not sent back: they would be memory that a client can order. */
const PONG_PAYLOAD_LENGTH_MAX = 1_024;

/**
 * The server's side of graphql-transport-ws. Written anew and not taken from graphql-ws because of what that holds for
 * each subscription (the message, its closures and an async iterator over all its life), and because its bookkeeping by
 * id confuses an operation with the next one under the same id.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export function createProtocol(parts: ProtocolParts): (session: Session, text: string | null) => void {
  const { limits } = parts.streams;

  async function take(session: Session, message: ClientMessage): Promise<void> {
    switch (message.type) {
      case 'connection_init':
        if (session.phase !== 'NEW') {
          return session.close(CLOSE.TOO_MANY, 'Too many initialisation requests');
        }
        session.phase = 'INTRODUCED';
        return await introduce(parts, session, message.payload);
      case 'ping': {
        const given = session.phase === 'READY' ? authorizationIn(message.payload) : undefined;
        if (given !== undefined) return await refresh(parts, session, given);
        return pong(session, message.payload);
      }
      case 'pong':
        return;
      case 'complete':
        return session.operations.get(message.id)?.stop();
      case 'subscribe':
        return await subscribe(parts, session, message, limits);
    }
  }

  return (session, text) => {
    if (!session.isOpen) return;
    if (!session.takeMessage()) return session.close(CLOSE.TOO_MANY, 'Too many messages');
    if (text === null) return session.close(CLOSE.BAD_MESSAGE, 'Invalid message: expected a text frame');
    let message: ClientMessage;
    try {
      message = readMessage(text);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      return session.close(CLOSE.BAD_MESSAGE, `Invalid message: ${error.message}`);
    }
    take(session, message).catch((error: unknown) => {
      parts.logger.error({ err: error }, 'a socket message could not be handled');
      session.close(CLOSE.INTERNAL, 'Internal server error');
    });
  };
}

async function subscribe(
  parts: ProtocolParts,
  session: Session,
  message: Extract<ClientMessage, { readonly type: 'subscribe' }>,
  { operationsPerSocketMax }: StreamLimits,
): Promise<void> {
  const { asker, operations } = session;
  if (session.phase !== 'READY' || asker === null) return session.close(CLOSE.UNAUTHORIZED, 'Unauthorized');
  const { id } = message;
  if (operations.has(id)) return session.close(CLOSE.ID_TAKEN, `Subscriber for ${id} already exists`);
  if (operations.size >= operationsPerSocketMax) {
    const error = new ApiError(
      'OVERLOADED',
      `A socket carries at most ${operationsPerSocketMax} operations.`,
    );
    return session.send(JSON.stringify({ id, type: 'error', payload: [error] }));
  }
  await runOperation(parts, session, asker, message);
}

function pong(session: Session, payload: Readonly<Record<string, unknown>> | null): void {
  const echo = payload === null ? '' : JSON.stringify(payload);
  const isEchoed = echo !== '' && echo.length <= PONG_PAYLOAD_LENGTH_MAX;
  session.send(isEchoed ? `{"type":"pong","payload":${echo}}` : '{"type":"pong"}');
}
