import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';

/** Text of the committed supergraph. */
export function readSupergraph(): string {
  return readFileSync(join(projectRoot, 'schema', 'supergraph.graphql'), 'utf8');
}
