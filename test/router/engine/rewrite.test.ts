import { buildSchema, parse } from 'graphql';
import { shapeOf } from '../../../router/engine/fetch/merge.ts';
import { compileRewrites, newNames } from '../../../router/engine/fetch/rewrite.ts';
import type { Rewrite } from '../../../router/engine/plan/plan.ts';
import { TypeConditions } from '../../../router/engine/types.ts';

const types = new TypeConditions(
  buildSchema(
    'type Query { a: I } interface I { x: Int } type A implements I { x: Int } type B implements I { x: Int }',
  ),
);

function rewritten(text: string, rewrites: readonly Rewrite[], value: unknown): unknown {
  const [definition] = parse(text).definitions;
  if (definition?.kind !== 'OperationDefinition') throw new Error('no operation');
  const shape = shapeOf([definition.selectionSet], new Map(), newNames(rewrites));
  compileRewrites(rewrites, types, shape)?.(value);
  return JSON.parse(JSON.stringify(value));
}

const field = (name: string) => ({ kind: 'FIELD', name }) as const;
const ofType = (...names: string[]) => ({ kind: 'TYPES', names }) as const;
const rename = (name: string, ...path: Rewrite['path']): Rewrite => ({ kind: 'RENAME', path, name });

test('a field gets its name back where its object is of the type', () => {
  const rewrites = [rename('x', field('list'), ofType('A'), field('x_alias'))];
  const list = [
    { __typename: 'A', x_alias: 1 },
    { __typename: 'B', x_alias: 2 },
    null,
    [{ __typename: 'A', x_alias: null }],
    { x_alias: 3 },
  ];
  expect(rewritten('{ list { x_alias } }', rewrites, { list })).toEqual({
    list: [
      { __typename: 'A', x: 1 },
      { __typename: 'B', x_alias: 2 },
      null,
      [{ __typename: 'A', x: null }],
      { x: 3 },
    ],
  });
});

test('what was asked for under two names is brought together', () => {
  const rewrites = [rename('x', field('x_alias'))];
  const text = '{ x { a { b } } x_alias: x { a { c } d } }';
  expect(rewritten(text, rewrites, { x: { a: [{ b: 1 }] }, x_alias: { a: [{ c: 2 }], d: 3 } })).toEqual({
    x: { a: [{ b: 1, c: 2 }], d: 3 },
  });
  expect(rewritten(text, rewrites, { x: { d: 1 }, x_alias: null })).toEqual({ x: { d: 1 } });
  expect(rewritten(text, rewrites, { x: null, x_alias: { d: 1 } })).toEqual({ x: { d: 1 } });
});

test('a leaf with two names is one value, whatever it is', () => {
  const leaf = Object.freeze({ any: Object.freeze({}) });
  expect(rewritten('{ x x_alias: x }', [rename('x', field('x_alias'))], { x: leaf, x_alias: leaf })).toEqual({
    x: leaf,
  });
});

test('a value is set where the path leads', () => {
  const rewrites: Rewrite[] = [{ kind: 'SET', path: [ofType('I'), field('__typename')], value: 'I' }];
  expect(rewritten('{ x }', rewrites, { __typename: 'A', x: 1 })).toEqual({ __typename: 'I', x: 1 });
  expect(rewritten('{ x }', rewrites, { __typename: 'Query', x: 1 })).toEqual({ __typename: 'Query', x: 1 });
});
