import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../platform/paths.ts';
import {
  brokenLinks,
  dependencyReasons,
  missingPaths,
  missingScripts,
  titles,
  unlinkedDocuments,
  unlockedPackages,
} from './tidy/docs.ts';
import { importCycles } from './tidy/imports.ts';
import { partImports, roleImports, subgraphShapes } from './tidy/layers.ts';
import { bannedNames, undescribed } from './tidy/sdl.ts';
import { longFiles, longFunctions } from './tidy/sizes.ts';
import { readTree, type Tree } from './tidy/tree.ts';
import { defaultExports, environmentReads, floats, leftovers } from './tidy/words.ts';

/**
 * Style that a formatter cannot hold. A failure lists the offenders; each rule's own file says why it is one, and
 * test/tidy/planted.test.ts shows that each can fail.
 */
const tree = readTree(projectRoot);

test.each<[string, (tree: Tree) => readonly string[]]>([
  ['parts import in one direction: schema, platform, ledger, rails, subgraphs', partImports],
  ['roles of a subgraph import in one direction', roleImports],
  ['subgraphs consist of the same roles', subgraphShapes],
  ['there are no import cycles', importCycles],
  ['files are short', longFiles],
  ['functions are short', longFunctions],
  ['the environment is read in one place', environmentReads],
  ['nothing near money makes a float', floats],
  ['nothing is left for later or switched off', leftovers],
  ['nothing is exported as default', defaultExports],
  ['everything in the schema is described', undescribed],
  ['the schema speaks the words of the glossary', bannedNames],
  ['paths in documents are there', missingPaths],
  ['links in documents lead somewhere', brokenLinks],
  ['scripts in documents are there', missingScripts],
  ['documents are linked', unlinkedDocuments],
  ['documents have one title', titles],
  ['dependencies have a reason', dependencyReasons],
  ['the lock file holds the packages of every platform', unlockedPackages],
])('%s', (_, rule) => {
  expect(rule(tree)).toEqual([]);
});

/** Runs a generator in its checking mode, which writes nothing and fails when a committed file is stale. */
async function check(script: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(projectRoot, 'node_modules', script), ...args], {
    cwd: projectRoot,
  });
}

test('the committed supergraph is what the subgraphs compose to', async () => {
  await check('tsx/dist/cli.mjs', 'scripts/compose.ts', '--check');
});

test('the committed contracts are what their sources compile to', async () => {
  await check('tsx/dist/cli.mjs', 'scripts/compileContracts.ts', '--check');
});

test('the committed resolver types are what the schema generates', async () => {
  await check('@graphql-codegen/cli/esm/bin.js', '--config', 'codegen.ts', '--check');
});
