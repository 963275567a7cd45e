import type { Logger } from './log.ts';
import type { Tracer } from './tracing.ts';
import type { TracingConfig } from './tracingConfig.ts';

/** The process's Tracer; undefined where none is configured, and then nothing of OpenTelemetry is loaded. */
export async function startTracing(
  config: TracingConfig | null,
  logger: Logger,
): Promise<Tracer | undefined> {
  if (config === null) return undefined;
  const { createOpenTelemetryTracer } = await import('./openTelemetry.ts');
  return createOpenTelemetryTracer(config, logger);
}
