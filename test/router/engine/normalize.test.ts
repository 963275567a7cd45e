import { parse, print } from 'graphql';
import { namingOf, PlannedNames } from '../../../router/engine/names.ts';
import { toPlannedDocument } from '../../../router/engine/plan/document.ts';
import { fragmentsOf } from '../../../router/engine/prepare.ts';
import { OperationStore } from '../../../router/operation/store.ts';
import { compose } from './lab.ts';

const supergraph = compose({
  a: {
    sdl: `type Query { pets: [Pet] things: [Thing] cat: Cat q_own: Int } type Mutation { a(n: Int): Int b: Cat c: Int }
      interface Pet { id: ID! name(upper: Boolean): String owner: Owner } interface Named { name(upper: Boolean): String }
      type Cat implements Pet & Named { id: ID! name(upper: Boolean): String owner: Owner lives: Int }
      type Dog implements Pet & Named { id: ID! name(upper: Boolean): String owner: Owner tricks: [String] }
      type Fish implements Pet { id: ID! name(upper: Boolean): String owner: Owner } type Owner { id: ID! pets: [Pet] }
      union Thing = Cat | Stone type Stone { weight: Int }`,
  },
});
const operations = new OperationStore(supergraph.apiSchema, (text) => parse(text));

function planned(text: string, denied: readonly string[] = []): string | null {
  const operation = operations.get(text, undefined);
  const document = toPlannedDocument(operation.definition, {
    apiSchema: supergraph.apiSchema,
    fragments: fragmentsOf(operation),
    conditions: new Map([
      ['yes', true],
      ['no', false],
    ]),
    isDenied: ({ name }) => denied.includes(name.value),
    names: new PlannedNames(namingOf(supergraph.schema)),
  });
  return document === null ? null : same(document.text);
}

function same(text: string): string {
  return print(parse(text)).replace(/\s+/g, ' ');
}

test.each<[string, string, string]>([
  [
    'fragments that always apply are written out',
    '{ pets { ... { ... on Pet { id ...F } } } } fragment F on Pet { owner { id } }',
    '{ pets { id owner { id } } }',
  ],
  [
    'fragments in fragments become one',
    '{ pets { ... on Named { ... on Cat { lives } ... on Dog { tricks } } } }',
    '{ pets { __typename ... on Cat { lives } ... on Dog { tricks } } }',
  ],
  [
    'fragments on the same type are brought together',
    '{ pets { ... on Cat { owner { id } } id ... on Cat { lives owner { pets { id } } } } }',
    '{ pets { __typename id ... on Cat { owner { id pets { id } } lives } } }',
  ],
  [
    'fragments that can never apply are left out',
    '{ cat { ... on Pet { ... on Dog { tricks } id } } }',
    '{ cat { id } }',
  ],
  [
    'a fragment on an interface that leaves one type becomes one on it',
    '{ things { ... on Pet { id } } }',
    '{ things { __typename ... on Cat { id } } }',
  ],
  [
    'what only some types are asked for goes to each of them',
    '{ pets { ... on Named { id: name } } }',
    '{ pets { __typename ... on Named { q__0: name } } }',
  ],
  [
    'an object of one type is not asked for its type',
    '{ cat { __typename id t: __typename } }',
    '{ cat { id } }',
  ],
  [
    'an object of which nothing else is asked has to be there or not',
    '{ cat { __typename } }',
    '{ cat { __typename } }',
  ],
  [
    'which type it is has to be known even when nothing is asked of that type',
    '{ pets { id ... on Cat { lives @skip(if: true) } } }',
    '{ pets { __typename id } }',
  ],
  [
    'fields with an alias or with arguments get names of ours',
    '{ cat { id: name x: id name lives } }',
    '{ cat { q__0: name q__1: id q__2: name lives } }',
  ],
  [
    'mutations keep their order, with their fragments written out',
    'mutation { ...F c x: a(n: 2) b { lives } } fragment F on Mutation { a(n: 1) b { id } }',
    'mutation { q__0: a(n: 1) b { id lives } c q__1: a(n: 2) }',
  ],
])('%s', (_, text, expected) => {
  expect(planned(text)).toBe(same(expected));
});

test('conditions are decided, and variables that nothing uses are left out', () => {
  const text =
    'query Q($yes: Boolean!, $no: Boolean!, $u: Boolean) { cat @include(if: $yes) { id @skip(if: $no) name(upper: $u) @include(if: $no) lives @skip(if: $yes) } }';
  expect(planned(text)).toBe(same('query Q { cat { id } }'));
});

test('what is denied is left out, and nothing is left of an operation of which all is', () => {
  expect(planned('{ pets { id ... on Cat { lives } } q_own }', ['lives', 'q_own'])).toBe(
    same('{ pets { __typename id } }'),
  );
  expect(planned('{ q_own __typename __schema { queryType { name } } }', ['q_own'])).toBeNull();
});

test('fragments that multiply are refused before they are written out', () => {
  const levels = Array.from(
    { length: 20 },
    (_, index) =>
      `fragment F${index} on Owner { a: pets { owner { ...F${index + 1} } } b: pets { owner { ...F${index + 1} } } }`,
  );
  expect(() =>
    planned(`{ pets { owner { ...F0 } } } ${levels.join(' ')} fragment F20 on Owner { id }`),
  ).toThrow('more than 50000 fields');
});

test('a fragment that is spread again and again is written out once', () => {
  const levels = Array.from(
    { length: 40 },
    (_, index) => `fragment F${index} on Pet { ...F${index + 1} ...F${index + 1} }`,
  );
  expect(planned(`{ pets { ...F0 } } ${levels.join(' ')} fragment F40 on Pet { id }`)).toBe(
    same('{ pets { id } }'),
  );
});
