import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readSupergraph } from '../../router/supergraph/read.ts';
import { assemble, manifestOf } from './assemble.ts';
import { documentsIn } from './extract.ts';
import { findFiles } from './find.ts';

const USAGE = `npm run documents -- [options] FILE|FOLDER|PATTERN...

Collects the operations of a client's sources (.graphql files, gql templates), checks them against the API schema, and
writes the list of trusted documents that a router runs by id.

  --out FILE          trusted-documents.json unless set
  --supergraph FILE   schema/supergraph.graphql unless set
  --add-typename      adds __typename to each selection set below the root, as Apollo Client does
  --check             writes nothing; exits with 1 when the file is stale
`;

/** Where it tells what it did, and what is wrong. */
export interface Said {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * The whole of `npm run documents`. Safe to repeat.
 *
 * @param args as they stand on the command line
 * @returns the exit code
 * @throws with a sentence about the file or operation that is not right
 */
export function collect(args: readonly string[], said: Said): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'trusted-documents.json' },
      supergraph: { type: 'string', default: 'schema/supergraph.graphql' },
      'add-typename': { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || positionals.length === 0) {
    said.err(USAGE);
    return values.help ? 0 : 1;
  }
  const { apiSchema } = readSupergraph(readFileSync(values.supergraph, 'utf8'));
  const sources = findFiles(positionals).flatMap((file) =>
    documentsIn(file, readFileSync(file, 'utf8')).map((document) => ({ file, document })),
  );
  const operations = assemble(sources, { schema: apiSchema, addTypename: values['add-typename'] });
  const text = manifestOf(operations);
  if (!values.check) writeFileSync(values.out, text);
  else if (readOrEmpty(values.out) !== text) {
    said.err(`${values.out} is stale: run this without --check\n`);
    return 1;
  }
  said.out(`${values.out}: ${operations.length} operations\n`);
  return 0;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
