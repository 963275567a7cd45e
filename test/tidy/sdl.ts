import { type DefinitionNode, Kind, parse } from 'graphql';
import type { Tree } from './tree.ts';

const SDL_PATTERN = /^schema\/(?!supergraph)[\w-]+\.graphql$/;
const ROOT_TYPES: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

interface Described {
  readonly name: string;
  readonly isDescribed: boolean;
}

/** Rule: every type is described where it is at home, every field, input field and enum value wherever it stands. */
export function undescribed(tree: Tree): readonly string[] {
  const definitions = definitionsOf(tree);
  const homes = new Set(
    definitions.flatMap(({ definition }) => {
      const type = describe(definition);
      return type?.isDescribed ? [type.name] : [];
    }),
  );
  return definitions.flatMap(({ path, definition }) => {
    const type = describe(definition);
    const nameless =
      type && !type.isDescribed && !homes.has(type.name) && !ROOT_TYPES.has(type.name) ? [type.name] : [];
    const members = membersOf(definition).filter(({ isDescribed }) => !isDescribed);
    return [...nameless, ...members.map(({ name }) => name)].map(
      (name) => `${path}: ${name} has no description`,
    );
  });
}

/** Rule: the schema says nothing in a word that the glossary rules out (in backticks, third column). */
export function bannedNames(tree: Tree): readonly string[] {
  const banned = new Set(bannedWords(tree.get('docs/glossary.md') ?? ''));
  return definitionsOf(tree).flatMap(({ path, definition }) => {
    const names = [describe(definition), ...membersOf(definition)].flatMap((named) =>
      named ? [named.name] : [],
    );
    return names.flatMap((name) => {
      // A field answers for itself, not for its type.
      const own = name.slice(name.indexOf('.') + 1);
      const words = own.split(/_|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());
      const word = words.find((candidate) => banned.has(candidate));
      return word === undefined ? [] : [`${path}: ${name} says "${word}", which the glossary rules out`];
    });
  });
}

/** Lower-case words in backticks in the third column of the glossary's tables. */
export function bannedWords(glossary: string): readonly string[] {
  return glossary.split('\n').flatMap((line) => {
    const column = line.startsWith('|') ? (line.split('|')[3] ?? '') : '';
    return [...column.matchAll(/`(\w+)`/g)].map((match) => (match[1] as string).toLowerCase());
  });
}

function definitionsOf(
  tree: Tree,
): readonly { readonly path: string; readonly definition: DefinitionNode }[] {
  return [...tree]
    .filter(([path]) => SDL_PATTERN.test(path))
    .flatMap(([path, text]) => parse(text).definitions.map((definition) => ({ path, definition })));
}

/** The type that a definition makes; null for an extension, which adds to a type at home elsewhere. */
function describe(definition: DefinitionNode): Described | null {
  if (!('name' in definition) || !definition.name || !('description' in definition)) return null;
  return { name: definition.name.value, isDescribed: Boolean(definition.description) };
}

function membersOf(definition: DefinitionNode): readonly Described[] {
  if (!('name' in definition) || !definition.name) return [];
  const owner = definition.name.value;
  const members = [
    ...('fields' in definition ? (definition.fields ?? []) : []),
    ...('values' in definition ? (definition.values ?? []) : []),
  ];
  return members.flatMap((member) =>
    member.kind === Kind.FIELD_DEFINITION ||
    member.kind === Kind.INPUT_VALUE_DEFINITION ||
    member.kind === Kind.ENUM_VALUE_DEFINITION
      ? [{ name: `${owner}.${member.name.value}`, isDescribed: Boolean(member.description) }]
      : [],
  );
}
