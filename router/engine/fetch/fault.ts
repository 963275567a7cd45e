import type { GraphQLFormattedError } from 'graphql';
import { type Outage, toPublicError, unavailableError } from '../../errors.ts';
import type { FetchKit } from './kit.ts';
import { addError, isFull, type Run } from './run.ts';

export type ResponsePath = readonly (string | number)[];

/** Of one unavailable subgraph, in one fetch: enough to see what is missing in a page. */
const MISSING_MAX = 20;

/** A subgraph's error as clients get it, once for each of its places. */
export function addSubgraphError(
  run: Run,
  kit: FetchKit,
  fault: {
    readonly subgraph: string;
    readonly error: GraphQLFormattedError;
    readonly paths: readonly ResponsePath[];
  },
): void {
  if (isFull(run)) return;
  const shown = toPublicError(withoutPath(fault.error), run.request.caller.requestId, kit.logger);
  const extensions = { ...shown.extensions, subgraph: fault.subgraph };
  if (fault.paths.length === 0) addError(run, { ...shown, extensions });
  for (const path of fault.paths) addError(run, { ...shown, path: clientPath(path, kit), extensions });
}

/** An error at each place that stays empty, so that a client can tell null from missing. */
export function addUnavailable(
  run: Run,
  kit: FetchKit,
  missing: {
    readonly subgraph: string;
    readonly outage: Outage;
    readonly paths: readonly ResponsePath[];
  },
): void {
  const { requestId } = run.request.caller;
  const { subgraph, outage, paths } = missing;
  if (paths.length === 0) addError(run, unavailableError(subgraph, requestId, outage));
  for (const path of paths.slice(0, MISSING_MAX)) {
    addError(run, unavailableError(subgraph, requestId, outage, clientPath(path, kit)));
  }
}

function clientPath(path: ResponsePath, { names }: FetchKit): ResponsePath {
  return path.map((part) => (typeof part === 'string' ? names.keyOf(part) : part));
}

/** Locations are positions in the text that the subgraph got, which the client does not know. */
function withoutPath(error: GraphQLFormattedError): GraphQLFormattedError {
  return {
    message: String(error.message),
    ...(error.extensions === undefined ? {} : { extensions: error.extensions }),
  };
}
