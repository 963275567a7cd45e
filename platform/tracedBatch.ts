import { type Span, spanning, withoutSpan } from './tracing.ts';

/** Links from a batch to the requests in it; how many commands there were is told as a number. */
const LINKS_MAX = 64;

/**
 * A batch that carries commands of several requests. It is part of the first recorded one's trace, and linked to and
 * from the others; without any it is nobody's, whoever's turn started it.
 */
export function tracedBatch(
  name: string,
  commands: readonly { readonly span: Span | undefined }[],
  run: () => Promise<void>,
): Promise<void> {
  const first = commands.find((command) => command.span !== undefined)?.span;
  if (first === undefined) return withoutSpan(run);
  const batch = first.child(`lane ${name}`, 'INTERNAL', { 'omsx.batch.size': commands.length });
  let links = 0;
  for (const { span } of commands) {
    if (span === undefined || span.traceId === first.traceId) continue;
    span.link(batch);
    if (links++ < LINKS_MAX) batch.link(span);
  }
  return spanning(batch, run);
}
