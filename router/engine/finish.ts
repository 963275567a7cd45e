import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import { internalError, toGraphQLError } from '../errors.ts';
import type { Run } from './fetch/run.ts';
import type { EngineResult } from './port.ts';
import type { Prepared } from './prepare.ts';
import { Shaping } from './shape/shaping.ts';

/** The answer of a run that has ended: shaped, with all that is to be told beside it. */
export function finish(run: Run, prepared: Prepared, isWeighed: boolean, logger: Logger): EngineResult {
  const { introspection } = prepared;
  const schema = introspection === null ? null : introspection.answer(run.request.variables);
  const shaping = new Shaping(schema?.data ?? NOTHING);
  const data = prepared.shape(run.data, shaping) ?? null;
  const isPlain = run.errors.length === 0 && shaping.faults.length === 0 && shaping.denials.length === 0;
  const errors = isPlain ? NO_ERRORS : told(run, prepared, shaping, logger);
  const all = schema?.errors === undefined ? errors : [...errors, ...schema.errors];
  return {
    data,
    ...(all.length === 0 ? {} : { errors: all }),
    ...(isWeighed ? { actualCost: shaping.cost } : {}),
    ...(run.isReplay ? { extensions: { idempotentReplay: true } } : {}),
    isReplay: run.isReplay,
  };
}

const NOTHING: Readonly<Record<string, unknown>> = {};
const NO_ERRORS: readonly GraphQLError[] = [];

/** Faults of the answer itself are told only when nothing else explains the nulls that they left. */
function told(run: Run, prepared: Prepared, shaping: Shaping, logger: Logger): readonly GraphQLError[] {
  const { requestId } = run.request.caller;
  const errors: GraphQLFormattedError[] = [...run.errors];
  for (const { path, denial } of shaping.denials) {
    const { code, message, extensions } = denial;
    errors.push({ message, path, extensions: { ...extensions, code, requestId } });
  }
  if (run.errors.length === 0) {
    for (const { path, message } of shaping.faults) {
      if (prepared.lookUps.has(String(path[0]))) continue;
      logger.error({ requestId, path, fault: message }, 'a value did not fit the schema');
      errors.push(internalError(requestId, path));
    }
  }
  return errors.map(toGraphQLError);
}
