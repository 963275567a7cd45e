import { OperationTypeNode } from 'graphql';
import { newUuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Caller, Identity } from '../../../router/caller.ts';
import { identityOf, nobody } from '../../../router/identity.ts';
import type { TransportRequest } from '../../../router/transport/port.ts';

export const viewer: Viewer = { organizationId: newUuid(), kind: 'KEY', subjectId: 'key', scopes: ['*'] };

export interface RequestParts extends Partial<Omit<TransportRequest, 'kind' | 'caller'>> {
  readonly kind?: 'query' | 'mutation' | 'subscription';
  readonly identity?: Identity;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** From now. */
  readonly dueInMs?: number;
}

/** A request of someone who may do everything, for `{ x }`. */
export function requestOf(parts: RequestParts = {}): TransportRequest {
  const { kind = 'query', identity = identityOf(viewer), headers = {}, signal, dueInMs, ...rest } = parts;
  const caller: Caller = {
    identity,
    requestId: 'r-1',
    headers,
    ...(signal === undefined ? {} : { signal }),
    ...(dueInMs === undefined ? {} : { dueAtMs: performance.now() + dueInMs }),
  };
  const kinds = {
    query: OperationTypeNode.QUERY,
    mutation: OperationTypeNode.MUTATION,
    subscription: OperationTypeNode.SUBSCRIPTION,
  };
  return { query: `${kind} { x }`, variables: {}, ...rest, kind: kinds[kind], caller };
}

export const stranger: Identity = nobody('127.0.0.1');

/** What `work` fails with; fails itself when it does not. */
export async function faultOf(work: Promise<unknown>): Promise<unknown> {
  const answer = await work.catch((error: unknown) => ({ error }));
  if (typeof answer === 'object' && answer !== null && 'error' in answer) return answer.error;
  throw new Error(`expected a fault, got ${JSON.stringify(answer)}`);
}

/** A promise that is decided from outside. */
export interface Gate<T> {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
  readonly fail: (error: Error) => void;
}

export function createGate<T>(): Gate<T> {
  let open: Gate<T>['open'] = () => undefined;
  let fail: Gate<T>['fail'] = () => undefined;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}
