import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, validate } from 'graphql';
import { projectRoot } from '../../platform/paths.ts';
import { readSupergraph } from '../../router/supergraph/read.ts';
import { readSupergraph as readOurText } from '../harness/supergraph.ts';

const FENCE = /^```graphql\n([\s\S]*?)^```$/gm;

const { apiSchema } = readSupergraph(readOurText());
const documents = ['README.md', ...inFolder('docs'), ...inFolder('docs/guides')];
const examples = documents.flatMap((path) =>
  [...readFileSync(join(projectRoot, path), 'utf8').matchAll(FENCE)].map(
    ([, text = ''], index) => [`${path}, ${index + 1}`, text] as const,
  ),
);

function inFolder(folder: string): readonly string[] {
  return readdirSync(join(projectRoot, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

test.each(examples)('an operation that a document shows is one that the router takes: %s', (_, text) => {
  expect(validate(apiSchema, parse(text)).map(({ message }) => message)).toEqual([]);
});
