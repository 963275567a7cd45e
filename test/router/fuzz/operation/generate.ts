import {
  doTypesOverlap,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import type { Random } from '../random.ts';
import { literalText } from './inputs.ts';
import { VariableBook } from './variables.ts';

/** What the parts of one operation share. */
interface Writing {
  readonly random: Random;
  readonly schema: GraphQLSchema;
  readonly variables: VariableBook;
  readonly fragments: { readonly name: string; readonly on: string; readonly text: string }[];
  readonly composites: readonly GraphQLCompositeType[];
  /** Fields that may still be selected. */
  left: number;
}

const FIELDS_MAX = 28;
const DEPTH_MAX = 5;
/** A fragment leads nowhere by itself, but in one another they have to end. */
const STEP_OF_FRAGMENT = 0.5;
const CHANCE_OF_MUTATION = 0.15;

/** Aliases that a careless object would inherit or set. */
const ODD_ALIASES: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'then',
  'hasOwnProperty',
  'id',
  '__typename',
];

/** Text of a random operation. Nearly always valid; see `repair`. */
export function generateOperation(random: Random, schema: GraphQLSchema): string {
  const writing: Writing = {
    random,
    schema,
    variables: new VariableBook(random.fork('variables')),
    fragments: [],
    composites: Object.values(schema.getTypeMap()).filter(
      (type): type is GraphQLCompositeType => isCompositeType(type) && !type.name.startsWith('__'),
    ),
    left: random.between(3, FIELDS_MAX),
  };
  const mutation = schema.getMutationType();
  const isMutation = mutation !== undefined && mutation !== null && random.chance(CHANCE_OF_MUTATION);
  const root = isMutation ? mutation : (schema.getQueryType() as GraphQLObjectType);
  const selections = rootSelections(writing, root, isMutation);
  const name = random.chance(0.5) ? ' Op' : '';
  const head = `${isMutation ? 'mutation' : 'query'}${name}${writing.variables.text()}`;
  const fragments = writing.fragments.map(({ name, on, text }) => `fragment ${name} on ${on} ${text}`);
  return [`${head} ${selections}`, ...fragments].join('\n');
}

function rootSelections(writing: Writing, root: GraphQLObjectType, isMutation: boolean): string {
  const { random } = writing;
  const parts: string[] = [];
  const count = random.between(1, isMutation ? 4 : 3);
  for (let at = 0; at < count || (at < FIELDS_MAX && writing.left > 8); at++) {
    parts.push(random.chance(0.9) ? fieldText(writing, root, 0) : fragmentText(writing, root, 0));
  }
  if (random.chance(0.05)) parts.push('__typename');
  if (random.chance(0.03) && !isMutation) {
    parts.push(
      random.pick([
        '__schema { queryType { name } }',
        '__type(name: "E0") { kind name }',
        'none: __type(name: "No") { name }',
      ]),
    );
  }
  return `{ ${parts.filter(Boolean).join(' ')} }`;
}

function selections(writing: Writing, type: GraphQLCompositeType, depth: number): string {
  const { random } = writing;
  const parts: string[] = [];
  const count = random.between(1, 4);
  for (let at = 0; at < count && writing.left > 0; at++) {
    const isFragment = depth < DEPTH_MAX && random.chance(isAbstractType(type) ? 0.55 : 0.18);
    parts.push(
      isFragment || isUnionType(type) ? fragmentText(writing, type, depth) : fieldText(writing, type, depth),
    );
  }
  if (random.chance(0.15)) parts.push(random.chance(0.3) ? `kind: __typename` : '__typename');
  const text = parts.filter(Boolean).join(' ');
  return `{ ${text || '__typename'} }`;
}

function fieldText(writing: Writing, type: GraphQLCompositeType, depth: number): string {
  const { random } = writing;
  if (isUnionType(type)) return '__typename';
  const all = Object.values(type.getFields());
  const leaves = all.filter((field) => isLeafType(getNamedType(field.type)));
  const isDeep = depth >= DEPTH_MAX || writing.left <= 1;
  const field = random.maybe(isDeep ? leaves : all);
  if (field === undefined) return '';
  writing.left--;
  const args = argumentsText(writing, field);
  const alias = aliasText(random);
  const named = getNamedType(field.type);
  const below = isCompositeType(named) ? ` ${selections(writing, named, depth + 1)}` : '';
  return `${alias}${field.name}${args}${directives(writing)}${below}`;
}

function aliasText(random: Random): string {
  if (random.chance(0.02)) return `${random.pick(ODD_ALIASES)}: `;
  // Few, so that they meet others and fields of their name.
  return random.chance(0.2) ? `${random.pick(['x', 'y', 'z', 'f0', 'f1'])}: ` : '';
}

function argumentsText(writing: Writing, field: GraphQLField<unknown, unknown>): string {
  const { random, variables } = writing;
  const given = field.args.filter((one) => isRequiredArgument(one) || random.chance(0.6));
  if (given.length === 0) return '';
  const parts = given.map((one) => {
    const text = literalText(
      random,
      one.type,
      (type, hasDefault) => (random.chance(0.35) ? variables.use(type, hasDefault) : undefined),
      0,
      one.defaultValue !== undefined,
    );
    return `${one.name}: ${text}`;
  });
  return `(${parts.join(', ')})`;
}

/** `@skip` and `@include`, by literals and variables. */
function directives(writing: Writing): string {
  const { random, variables } = writing;
  const parts = ['skip', 'include'].flatMap((name) => {
    if (!random.chance(0.06)) return [];
    const condition = random.chance(0.75) ? variables.condition() : String(random.chance(0.5));
    return [` @${name}(if: ${condition})`];
  });
  return parts.join('');
}

/** An inline fragment or a spread, on a type that can be met here. */
function fragmentText(writing: Writing, type: GraphQLCompositeType, depth: number): string {
  if (depth > DEPTH_MAX + 1) return '__typename';
  const { random, schema } = writing;
  const known = writing.fragments.filter(({ on }) => {
    const condition = schema.getType(on);
    return isCompositeType(condition) && doTypesOverlap(schema, type, condition);
  });
  const reused = random.chance(0.25) ? random.maybe(known) : undefined;
  if (reused) return `...${reused.name}${directives(writing)}`;
  const overlapping = writing.composites.filter((one) => doTypesOverlap(schema, type, one));
  const condition = random.chance(0.7) ? random.pick(overlapping) : type;
  if (random.chance(0.3)) {
    const text = selections(writing, condition, depth + STEP_OF_FRAGMENT);
    const name = `F${writing.fragments.length}`;
    writing.fragments.push({ name, on: condition.name, text });
    return `...${name}${directives(writing)}`;
  }
  const on = condition === type && random.chance(0.4) ? '' : ` on ${condition.name}`;
  return `...${on}${directives(writing)} ${selections(writing, condition, depth + STEP_OF_FRAGMENT)}`;
}
