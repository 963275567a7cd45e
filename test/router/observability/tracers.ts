import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, type Logger } from '../../../platform/log.ts';
import { startTracing } from '../../../platform/startTracing.ts';
import type { Tracer } from '../../../platform/tracing.ts';
import { readTracing } from '../../../platform/tracingConfig.ts';

export const silent: Logger = createLogger({ name: 'test', level: 'silent' });

/** A tracer as an operator switches it on: through the environment. */
export async function openTracer(
  url: string,
  environment: Readonly<Record<string, string>> = {},
  logger: Logger = silent,
): Promise<Tracer> {
  const faults: string[] = [];
  const config = readTracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url, ...environment }, 'test', faults);
  const tracer = await startTracing(config, logger);
  if (tracer === undefined || faults.length > 0) throw new Error(`no tracer: ${faults.join()}`);
  return tracer;
}

const WAIT_MS = 10_000;

export async function until(what: string, holds: () => boolean): Promise<void> {
  const lastAtMs = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > lastAtMs) throw new Error(`waited in vain until ${what}`);
    await sleep(10);
  }
}
