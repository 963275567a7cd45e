import { buildSchema, GraphQLError, getIntrospectionQuery, parse, validate } from 'graphql';
import { createLimits, LIMITS } from './limits.ts';

const limiter = createLimits();

/** `limit: found/maximum` of the error, or `fits`. */
function outcome(text: string, limits = limiter): string {
  try {
    limits.check(limits.parse(text));
    return 'fits';
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { code, limit, found, maximum } = error.extensions;
    return code === 'OPERATION_TOO_LARGE' ? `${limit}: ${found}/${maximum}` : String(code);
  }
}

test('what tools ask the schema with fits', () => {
  expect(outcome(getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }))).toBe('fits');
});

test('depth counts fields, not fragments', () => {
  const within = createLimits({ depthMax: 3 });
  expect(outcome('{ a { b { ... { ... @include(if: true) { c } } } } }', within)).toBe('fits');
  expect(outcome('{ a { b { c { d } } } }', within)).toBe('depth: 4/3');
  expect(outcome('{ a { ...F } } fragment F on T { b { ...G } } fragment G on T { c { d } }', within)).toBe(
    'depth: 4/3',
  );
});

test('root fields, aliases, directives and selections are counted wherever a fragment is spread', () => {
  const text = `{ ...F ... { ...F x: b @skip(if: false) } } fragment F on Query { y: a @include(if: true) c { d } }`;
  for (const [limits, exceeded] of [
    [{ rootFieldsMax: 4 }, 'rootFields: 5/4'],
    [{ aliasesMax: 2 }, 'aliases: 3/2'],
    [{ directivesMax: 2 }, 'directives: 3/2'],
    [{ selectionsMax: 9 }, 'selections: 10/9'],
  ] as const) {
    expect(outcome(text, createLimits(limits))).toBe(exceeded);
  }
  expect(
    outcome(text, createLimits({ rootFieldsMax: 5, aliasesMax: 3, directivesMax: 3, selectionsMax: 10 })),
  ).toBe('fits');
});

test('directives of operations, variables and fragments count too', () => {
  const text = 'query ($v: Int @a) @b @c { ...F @d } fragment F on Query @e { x }';
  expect(outcome(text, createLimits({ directivesMax: 4 }))).toBe('directives: 5/4');
});

test('every operation of a document is looked at, and a fragment that none spreads', () => {
  const deep = '{ a { a { a { a } } } }';
  const within = createLimits({ depthMax: 3 });
  expect(outcome(`query A { a } query B ${deep}`, within)).toBe('depth: 4/3');
  expect(outcome(`query A { a } fragment F on Query ${deep}`, within)).toBe('depth: 4/3');
  expect(outcome('query A { a } query B { a }', createLimits({ operationsMax: 1 }))).toBe('operations: 2/1');
  expect(outcome('query A { a b } query B { a b }', createLimits({ selectionsMax: 3 }))).toBe(
    'selections: 4/3',
  );
});

test('pairs of fields of one response key are counted across fragments and aliases', () => {
  const text = '{ a { b } ...F } fragment F on Query { a { b b } x: a { b } }';
  // Two `a` are one pair, their three `b` are three.
  expect(outcome(text, createLimits({ comparisonsMax: 3 }))).toBe('comparisons: 4/3');
});

test('the same fragment spread twice at one place is not compared with itself', () => {
  const text = '{ ...F ...F ...F } fragment F on Query { a }';
  expect(outcome(text, createLimits({ comparisonsMax: 0 }))).toBe('fits');
});

test('a document that only says what is unknown is left to validation', () => {
  expect(outcome('{ ...Unknown nonsense(x: $y) { z } }')).toBe('fits');
});

test('names of properties of objects are names like others', () => {
  const text = '{ __proto__: a ...toString ...constructor } fragment toString on Query { constructor: b }';
  expect(outcome(text, createLimits({ aliasesMax: 1 }))).toBe('aliases: 2/1');
});

test('levels of values, of types and of inline fragments are bounded', () => {
  const nested =
    (open: string, close: string, inside = '') =>
    (count: number) =>
      open.repeat(count) + inside + close.repeat(count);
  for (const text of [
    `{ a(v: ${nested('[', ']')(101)}) }`,
    `{ a @skip(if: ${nested('{k:', '}', '1')(101)}) }`,
    `query ($v: ${nested('[', ']', 'Int')(101)}) { a }`,
    `query ($v: T = ${nested('[', ']')(101)}) { a }`,
    nested('{...', '}', '{ a }')(100),
  ]) {
    expect(outcome(text)).toBe('nesting: 101/100');
  }
});

test('what would overflow the stack of the parser is refused like any other depth', () => {
  expect(outcome(`${'{a'.repeat(7_000)}{b}${'}'.repeat(7_000)}`)).toMatch(/^(nesting|tokens): /);
  expect(outcome(`{a(v:${'['.repeat(7_000)}${']'.repeat(7_000)})}`)).toMatch(/^(nesting|tokens): /);
});

test('a chain of fragments is as deep as they are many', () => {
  const chain = Array.from({ length: 500 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} }`);
  expect(outcome(`{ ...F0 } ${chain.join(' ')} fragment F500 on Query { a }`)).toBe('nesting: 101/100');
  // From the end, where each is short by itself.
  expect(outcome(`${chain.toReversed().join(' ')} fragment F500 on Query { a } { ...F0 }`)).toMatch(
    /^nesting: /,
  );
});

test('a fragment that is short by itself is as deep as the place where it is spread', () => {
  const levels = (count: number, inside: string) => '{ ...'.repeat(count) + inside + '}'.repeat(count);
  const text = `query A { ...F } query B ${levels(60, '{ ...F }')} fragment F on Query ${levels(60, '{ a }')}`;
  expect(outcome(text)).toBe('nesting: 122/100');
});

test('pairs of all operations are added up, because all are validated', () => {
  const pairs = '{ a a a }';
  expect(outcome(`query A ${pairs} query B ${pairs}`, createLimits({ comparisonsMax: 5 }))).toBe(
    'comparisons: 6/5',
  );
});

test('a text that does not parse says so', () => {
  expect(outcome('{ a')).toBe('GRAPHQL_PARSE_FAILED');
});

test('what the limits let through, graphql-js validates without giving up', () => {
  const schema = buildSchema('type Query { a: Query b: Int }');
  const pairs = `{ a { ${'a { b } '.repeat(140)} } }`;
  expect(outcome(pairs)).toBe('fits');
  expect(validate(schema, parse(pairs))).toEqual([]);
  expect(LIMITS.comparisonsMax).toBeLessThan(250_000);
});
