import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ContractError, contractOf } from '../router/supergraph/contract.ts';
import { SupergraphError } from '../router/supergraph/supergraph.ts';

/**
 * Writes the supergraph that some of its readers get, by `@tag`:
 * `npm run --silent contract -- --exclude internal --include partner < supergraph.graphql > partner.graphql`.
 * Ends with 1 and says everything that is wrong when the tags make no contract.
 */
const USAGE = `npm run --silent contract -- [--exclude TAG]... [--include TAG]... [--hide-unreachable]
  [--input FILE] [--output FILE]

Without files it reads stdin and writes stdout. Several tags may also be given with commas between them.
`;
const STDIN = 0;

function main(): number {
  const { values } = parseArgs({
    options: {
      include: { type: 'string', multiple: true, default: [] },
      exclude: { type: 'string', multiple: true, default: [] },
      'hide-unreachable': { type: 'boolean', default: false },
      input: { type: 'string' },
      output: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const contract = contractOf(readFileSync(values.input ?? STDIN, 'utf8'), {
    include: tagsIn(values.include),
    exclude: tagsIn(values.exclude),
    hideUnreachable: values['hide-unreachable'],
  });
  if (values.output === undefined) process.stdout.write(contract);
  else writeFileSync(values.output, contract);
  return 0;
}

function tagsIn(given: readonly string[]): readonly string[] {
  return given.flatMap((tags) => tags.split(',')).filter((tag) => tag !== '');
}

/** Faults of what was given, not of this program. */
function isExpected(error: unknown): error is Error {
  const isOption =
    error instanceof TypeError && String(Reflect.get(error, 'code')).startsWith('ERR_PARSE_ARGS');
  return error instanceof ContractError || error instanceof SupergraphError || isOption;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!isExpected(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
