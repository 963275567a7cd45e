import { errors } from 'undici';
import { SubgraphUnavailableError, type UnavailableReason } from './port.ts';

/** How undici's parser calls a body without its last chunk. */
const BROKEN_OFF = /invalid eof/i;

/**
 * A fault of undici or of a socket as ours.
 *
 * @param wasSent whether the request had been handed to a connection
 */
export function connectionFault(name: string, fault: Error, wasSent: boolean): SubgraphUnavailableError {
  if (fault instanceof SubgraphUnavailableError) return fault;
  const { code } = fault as { code?: unknown };
  const told = typeof code === 'string' ? code : fault.message;
  return new SubgraphUnavailableError(`${name}: ${told}`, { cause: fault, reason: reasonOf(fault), wasSent });
}

function reasonOf(fault: Error & { readonly code?: unknown }): UnavailableReason {
  // Tells its code only where undici was built with the table of them.
  if (fault instanceof errors.HTTPParserError)
    return BROKEN_OFF.test(fault.message) ? 'CONNECTION' : 'MALFORMED';
  if (fault instanceof errors.HeadersOverflowError) return 'MALFORMED';
  return typeof fault.code !== 'string' || fault.code === 'UND_ERR_INVALID_ARG' ? 'FAILED' : 'CONNECTION';
}
