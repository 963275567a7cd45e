import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on stdout. Values under these names never reach a log, whatever object they hang in. */
export function createLogger(options: { readonly level: string; readonly name: string }): Logger {
  return pino({
    name: options.name,
    level: options.level,
    redact: {
      paths: [
        'authorization',
        '*.authorization',
        'secret',
        '*.secret',
        'token',
        '*.token',
        'password',
        '*.password',
      ],
      censor: '[redacted]',
    },
  });
}
