import { camt053, camt054 } from './camt.ts';
import { pain001 } from './pain001.ts';
import { pain002 } from './pain002.ts';
import type { Type } from './types.ts';

/** Everything in a definition that no message could ever fulfil. */
function faultsOf(type: Type, path: string): readonly string[] {
  if (type.kind !== 'sequence' && type.kind !== 'choice') return [];
  const names = type.elements.map(({ name }) => name);
  const twice = names
    .filter((name, at) => names.indexOf(name) !== at)
    .map((name) => `${path}/${name} is there twice`);
  const odd = type.elements
    .filter(({ name, min, max }) => !/^[A-Z][A-Za-z0-9]{0,30}$/.test(name) || min > max || max < 1)
    .map(({ name }) => `${path}/${name} cannot be`);
  return [...twice, ...odd, ...type.elements.flatMap((rule) => faultsOf(rule.type, `${path}/${rule.name}`))];
}

test.each([
  ['pain.001.001.09', pain001('pain.001.001.09')],
  ['pain.001.001.03', pain001('pain.001.001.03')],
  ['pain.002.001.10', pain002],
  ['camt.053.001.08', camt053],
  ['camt.054.001.08', camt054],
])('the definition of %s has each element once at its place', (_, type) => {
  expect(faultsOf(type, 'Document')).toEqual([]);
});
