import { MigrationError } from '../migrations/error.ts';
import { ConfigError } from '../platform/config.ts';
import { EmbeddedServerError } from '../platform/embedded/errors.ts';

/** Operating faults are explained by their message; anything else is a bug, for which the stack is wanted. */
export function describeFailure(error: unknown): string {
  const isOperating = [EmbeddedServerError, MigrationError, ConfigError].some(
    (kind) => error instanceof kind,
  );
  if (!(error instanceof Error)) return String(error);
  if (isOperating) return error.message;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'EADDRINUSE')
    return `Another program has the port already; give OMSX_PORT another: ${error.message}`;
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND')
    return `A server could not be reached: ${error.message}`;
  return error.stack ?? error.message;
}

/** One line on the terminal for a step that is done, with the time it took. */
export function reportStep(text: string, startedMs: number): void {
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(`  ${text} (${seconds.toFixed(2)} s)\n`);
}

export function reportLine(text: string): void {
  process.stdout.write(`${text}\n`);
}
