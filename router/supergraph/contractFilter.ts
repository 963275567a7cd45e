import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  isTypeDefinitionNode,
  Kind,
  type TypeDefinitionNode,
} from 'graphql';
import { namesOfLinks } from './api.ts';
import { appliedArguments } from './applied.ts';
import type { Link } from './links.ts';

/** Tags that decide what a contract holds. A tag to leave out goes before one to keep. */
export interface ContractTags {
  /** When there are any, only what has one of them is kept. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Whatever may be left out of a supergraph. */
export type Part =
  | TypeDefinitionNode
  | FieldDefinitionNode
  | InputValueDefinitionNode
  | EnumValueDefinitionNode;

/** A supergraph's own types, without those of specifications that it links, and what the directives are called. */
export interface ContractSource {
  readonly types: ReadonlyMap<string, TypeDefinitionNode>;
  readonly tag: string;
  /** Undefined when nothing is inaccessible yet. */
  readonly inaccessible: string | undefined;
}

export function sourceOf(
  document: DocumentNode,
  links: readonly Link[],
  names: Pick<ContractSource, 'tag' | 'inaccessible'>,
): ContractSource {
  const isLinked = namesOfLinks(links);
  const types = document.definitions.filter(isTypeDefinitionNode);
  const own = types.filter(({ name }) => !isLinked(name.value));
  return { types: new Map(own.map((type) => [type.name.value, type])), ...names };
}

/**
 * What a contract leaves out.
 *
 * An object, interface or input type, enum or union of which nothing is left is left out itself. Tags to keep are looked
 * for on unions and on fields of objects and interfaces, which also have those of their type; the rest is kept unless it
 * is to be left out.
 *
 * @see https://www.apollographql.com/docs/graphos/platform/schema-management/delivery/contracts/create
 */
export function partsLeftOut(source: ContractSource, tags: ContractTags): Set<Part> {
  const hidden = new Set<Part>();
  for (const type of source.types.values()) {
    if (isLeftOut(type, source, tags) || isUnwantedUnion(type, source, tags)) hidden.add(type);
    const ofType = tagsOf(type, source);
    for (const part of partsOf(type)) {
      const isWanted =
        part.kind !== Kind.FIELD_DEFINITION || wants(tags, [...ofType, ...tagsOf(part, source)]);
      if (isLeftOut(part, source, tags) || !isWanted) hidden.add(part);
      for (const argument of part.kind === Kind.FIELD_DEFINITION ? (part.arguments ?? []) : []) {
        if (isLeftOut(argument, source, tags)) hidden.add(argument);
      }
    }
  }
  for (const type of source.types.values()) {
    if (partsOf(type).length > 0 && partsOf(type).every((part) => hidden.has(part))) hidden.add(type);
  }
  // After the objects that they consist of.
  for (const type of source.types.values()) {
    if (type.kind !== Kind.UNION_TYPE_DEFINITION) continue;
    const members = (type.types ?? []).map(({ name }) => source.types.get(name.value));
    if (members.every((member) => member !== undefined && hidden.has(member))) hidden.add(type);
  }
  return hidden;
}

/** Fields, input fields or values of a type. */
export function partsOf(
  type: TypeDefinitionNode,
): readonly (FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode)[] {
  if ('fields' in type) return type.fields ?? [];
  return 'values' in type ? (type.values ?? []) : [];
}

/** Every tag that is used, wherever it stands. */
export function tagsUsed(source: ContractSource): ReadonlySet<string> {
  const used = new Set<string>();
  const add = (node: Part): void => {
    for (const tag of tagsOf(node, source)) used.add(tag);
  };
  for (const type of source.types.values()) {
    add(type);
    for (const part of partsOf(type)) {
      add(part);
      if (part.kind === Kind.FIELD_DEFINITION) part.arguments?.forEach(add);
    }
  }
  return used;
}

export function hasTag(node: Part, source: ContractSource, tags: readonly string[]): boolean {
  return tagsOf(node, source).some((tag) => tags.includes(tag));
}

function tagsOf(node: Part, source: ContractSource): readonly string[] {
  return appliedArguments([node], source.tag).map(({ name }) => String(name));
}

function isLeftOut(node: Part, source: ContractSource, tags: ContractTags): boolean {
  return isMarked(node.directives, source.inaccessible) || hasTag(node, source, tags.exclude);
}

export function isMarked(
  directives: readonly ConstDirectiveNode[] | undefined,
  name: string | undefined,
): boolean {
  return directives?.some((directive) => directive.name.value === name) ?? false;
}

function isUnwantedUnion(type: TypeDefinitionNode, source: ContractSource, tags: ContractTags): boolean {
  return type.kind === Kind.UNION_TYPE_DEFINITION && !wants(tags, tagsOf(type, source));
}

function wants({ include }: ContractTags, present: readonly string[]): boolean {
  return include.length === 0 || present.some((tag) => include.includes(tag));
}
