import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readSupergraph } from '../router/supergraph/read.ts';
import { assemble, manifestOf } from './documents/assemble.ts';
import { documentsIn } from './documents/extract.ts';
import { findFiles } from './documents/find.ts';

const USAGE = `npm run documents -- [options] FILE|FOLDER|PATTERN...

Collects the operations of a client's sources (.graphql files, gql templates), checks them against the API schema, and
writes the list of trusted documents that a router runs by id.

  --out FILE          trusted-documents.json unless set
  --supergraph FILE   schema/supergraph.graphql unless set
  --add-typename      adds __typename to each selection set below the root, as Apollo Client does
  --check             writes nothing; exits with 1 when the file is stale
`;

function run(): number {
  const { values, positionals } = parseArgs({
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
    process.stderr.write(USAGE);
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
    process.stderr.write(`${values.out} is stale: run this without --check\n`);
    return 1;
  }
  process.stdout.write(`${values.out}: ${operations.length} operations\n`);
  return 0;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

try {
  process.exitCode = run();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
