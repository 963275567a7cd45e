import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Logger } from './log.ts';

/** Tells the log when spans can no longer be exported and when they can again; the SDK itself keeps silent. */
export function reportingExporter(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isAway = false;
  let lost = 0;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code === ExportResultCode.FAILED;
        if (failed) lost += spans.length;
        if (failed && !isAway) {
          logger.warn(
            { fault: result.error?.message },
            'traces cannot be exported; they are dropped meanwhile',
          );
        }
        if (!failed && isAway) logger.info({ lost }, 'traces are exported again');
        isAway = failed;
        if (!failed) lost = 0;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
