import { parse } from 'graphql';
import { Arena } from './arena.ts';
import { compose, generateSubgraphs } from './generate/supergraph.ts';

/** The generator is worth as much as what it generates. */
const SUPERGRAPHS = 100;
const COMPOSED = 40;
const generated = Array.from({ length: SUPERGRAPHS }, (_, at) => generateSubgraphs(`generator/${at}`));
const schemas = generated.map((subgraphs) => subgraphs.map(({ sdl }) => sdl.split('\n').slice(1).join('\n')));

test('nearly all of its supergraphs compose', () => {
  const some = generated.slice(0, COMPOSED);
  const composed = some.filter((subgraphs) => 'composed' in compose(subgraphs));
  expect(composed.length).toBeGreaterThanOrEqual(0.9 * COMPOSED);
});

test.each<[string, RegExp, number]>([
  ['simple keys', /@key\(fields: "\w+"\)/, 90],
  ['composite keys', /@key\(fields: "\w+ \w+/, 30],
  ['keys in value types', /@key\(fields: "[^"]*\{/, 30],
  ['several keys of one type', /@key\([^)]*\) @key/, 30],
  ['references to entities of others', /resolvable: false/, 30],
  ['shared fields', /@shareable/, 90],
  ['@requires', /@requires/, 40],
  ['@requires with arguments', /@requires\(fields: "[^)]*\(\w+:/, 5],
  ['@requires of fields below', /@requires\(fields: "[^"]*\{/, 10],
  ['@provides', /@provides/, 50],
  ['interfaces', /^interface I/m, 40],
  ['interfaces with a key', /^interface \w+ @key/m, 20],
  ['@interfaceObject', /@interfaceObject/, 20],
  ['unions', /^union/m, 40],
  ['enums', /^enum/m, 40],
  ['input types', /^input/m, 30],
  ['custom scalars', /^scalar/m, 40],
  ['lists of lists', /: \[\[/, 90],
  ['mutations', /^type Mutation/m, 50],
  ['@inaccessible', /@inaccessible/, 30],
  ['@override', /@override\(from: "\w+"\)/, 15],
  ['@override by degrees', /@override\(from: "\w+", label/, 15],
  ['names that objects inherit', /^ {2}(constructor|toString|then|length|valueOf)\b/m, 10],
])('%s are in many of them', (_, pattern, least) => {
  expect(schemas.filter((sdls) => sdls.some((sdl) => pattern.test(sdl))).length).toBeGreaterThanOrEqual(
    least,
  );
});

test('shared root fields are in many of them', () => {
  const shared = schemas.filter((sdls) => sdls.filter((sdl) => /^ {2}qs\b/m.test(sdl)).length > 1);
  expect(shared.length).toBeGreaterThanOrEqual(0.3 * SUPERGRAPHS);
});

test('a seed gives the same supergraph, operation, variables and conditions every time', async () => {
  const name = { seed: 'same', supergraph: 1, operation: 4, round: 2 };
  const cases = [];
  for (let time = 0; time < 2; time++) {
    const arena = await Arena.generate(name);
    cases.push(arena && { subgraphs: arena.world.composed.subgraphs, one: arena.caseOf(name) });
    await arena?.close();
  }
  expect(cases[0]).not.toBeNull();
  expect(cases[0]).toEqual(cases[1]);
  expect(parse(cases[0]?.one.text ?? '').definitions.length).toBeGreaterThan(0);
});
