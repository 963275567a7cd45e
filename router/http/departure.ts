import type { Socket } from 'node:net';

const departures = new WeakMap<Socket, AbortController>();

/**
 * Aborted when the client closes its connection, which is when nobody waits for the answer any more. One for all requests of
 * a connection, which come one after another: one for each request was measured at 6 us, a fifth of a small request. What
 * listens to it must stop to when its request is answered.
 */
export function departureOf(socket: Socket): AbortSignal {
  const known = departures.get(socket);
  if (known !== undefined) return known.signal;
  const departure = new AbortController();
  departures.set(socket, departure);
  if (socket.destroyed) departure.abort();
  else socket.once('close', () => departure.abort());
  return departure.signal;
}
