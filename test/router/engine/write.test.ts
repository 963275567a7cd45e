import { Kind, type OperationDefinitionNode, parse, print } from 'graphql';
import { writeOperation } from '../../../router/engine/plan/write.ts';

function operationOf(text: string): OperationDefinitionNode {
  const [one] = parse(text).definitions;
  if (one?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError('no operation');
  return one;
}

function written(text: string, rename: (name: string) => string = (name) => name): string {
  const operation = operationOf(text);
  return print(parse(writeOperation(operation, operation.selectionSet, rename)));
}

test.each([
  '{ a }',
  'mutation M { a { b: c } }',
  'subscription S { a { __typename } }',
  'query Q($a: Int = 3, $b: [In!]! = [{x: "y"}]) { a(x: $a) { ... on T { b(y: $b) c } } }',
  'query ($v: ID) { a(o: {l: [1, -2.5e3, $v, null, true, E, "t\\"\\\\\\n\\u2028"], o: {}, e: []}, t: """block "it" """) }',
])('writes %p so that it reads the same', (text) => {
  expect(written(text)).toBe(print(operationOf(text)));
});

test('declares only what is used, and calls variables what it is told', () => {
  const text = 'query Q($used: Int, $unused: Int, $deep: Int = 1) { a(x: $used) { b(y: [{z: $deep}]) } }';
  expect(written(text, (name) => `p_${name}`)).toBe(
    print(operationOf('query Q($p_used: Int, $p_deep: Int = 1) { a(x: $p_used) { b(y: [{z: $p_deep}]) } }')),
  );
});

test('refuses what planners do not get', () => {
  expect(() => written('{ ...F }')).toThrow('FragmentSpread');
  expect(() => written('{ ... { a } }')).toThrow('InlineFragment');
});
