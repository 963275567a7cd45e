import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  isTypeDefinitionNode,
  Kind,
  type NamedTypeNode,
  type TypeNode,
} from 'graphql';
import type { Link } from './links.ts';

/** Directives that are GraphQL's own; whatever else is applied is the composition's business. */
const SHOWN_DIRECTIVES: ReadonlySet<string> = new Set(['deprecated', 'specifiedBy', 'oneOf']);

interface Withheld {
  /** Names of types, and coordinates below them (`Type.field`, `Type.field(argument:)`, `Enum.VALUE`). */
  readonly isType: (name: string) => boolean;
  readonly isMarked: (node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }) => boolean;
}

/**
 * The schema document that clients see: without the types and directives of linked specifications, without what is
 * inaccessible and what refers to it, without applied directives but GraphQL's own.
 *
 * @see https://specs.apollo.dev/inaccessible/v0.2/
 */
export function toApiDocument(
  document: DocumentNode,
  links: readonly Link[],
  inaccessible: string | undefined,
): DocumentNode {
  const ofLinks = namesOfLinks(links);
  const isMarked: Withheld['isMarked'] = (node) =>
    inaccessible !== undefined && (node.directives?.some(({ name }) => name.value === inaccessible) ?? false);
  const hidden = new Set<string>();
  for (const definition of document.definitions) {
    if (isTypeDefinitionNode(definition) && (ofLinks(definition.name.value) || isMarked(definition))) {
      hidden.add(definition.name.value);
    }
  }
  const withheld: Withheld = { isType: (name) => hidden.has(name), isMarked };
  const definitions = document.definitions.flatMap((definition): DefinitionNode[] => {
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) return [];
    if (isTypeDefinitionNode(definition) && withheld.isType(definition.name.value)) return [];
    return [shown(definition, withheld)];
  });
  return { kind: Kind.DOCUMENT, definitions };
}

/** Whether a type belongs to a linked specification: `join__Graph`, `link__Import`, or one that was imported. */
export function namesOfLinks(links: readonly Link[]): (name: string) => boolean {
  const imported = new Set<string>();
  const prefixes = new Set(['core']);
  for (const link of links) {
    prefixes.add(link.prefix);
    for (const name of link.imports.values()) imported.add(name);
  }
  return (name) => imported.has(name) || (name.includes('__') && prefixes.has(name.split('__')[0] as string));
}

function shown(definition: DefinitionNode, withheld: Withheld): DefinitionNode {
  const directives = shownDirectives(definition);
  switch (definition.kind) {
    case Kind.SCHEMA_DEFINITION:
      return {
        ...definition,
        directives: [],
        operationTypes: definition.operationTypes.filter(({ type }) => !withheld.isType(type.name.value)),
      };
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
      return {
        ...definition,
        directives,
        interfaces: definition.interfaces?.filter(isShown(withheld)) ?? [],
        fields:
          definition.fields?.filter(isUsable(withheld)).map((field) => shownField(field, withheld)) ?? [],
      };
    case Kind.UNION_TYPE_DEFINITION:
      return { ...definition, directives, types: definition.types?.filter(isShown(withheld)) ?? [] };
    case Kind.ENUM_TYPE_DEFINITION:
      return {
        ...definition,
        directives,
        values:
          definition.values
            ?.filter((value) => !withheld.isMarked(value))
            .map((value) => ({ ...value, directives: shownDirectives(value) })) ?? [],
      };
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return {
        ...definition,
        directives,
        fields:
          definition.fields
            ?.filter(isUsable(withheld))
            .map((field) => ({ ...field, directives: shownDirectives(field) })) ?? [],
      };
    case Kind.SCALAR_TYPE_DEFINITION:
      return { ...definition, directives };
    default:
      return definition;
  }
}

function shownField(field: FieldDefinitionNode, withheld: Withheld): FieldDefinitionNode {
  return {
    ...field,
    directives: shownDirectives(field),
    arguments:
      field.arguments
        ?.filter(isUsable(withheld))
        .map((argument) => ({ ...argument, directives: shownDirectives(argument) })) ?? [],
  };
}

function shownDirectives(node: object): readonly ConstDirectiveNode[] {
  const { directives } = node as { directives?: readonly ConstDirectiveNode[] };
  return directives?.filter(({ name }) => SHOWN_DIRECTIVES.has(name.value)) ?? [];
}

function isShown(withheld: Withheld): (type: NamedTypeNode) => boolean {
  return (type) => !withheld.isType(type.name.value);
}

/** Neither marked itself nor of a type that is not shown. */
function isUsable(
  withheld: Withheld,
): (node: { readonly type: TypeNode; readonly directives?: readonly ConstDirectiveNode[] }) => boolean {
  return (node) => !withheld.isMarked(node) && !withheld.isType(namedType(node.type).name.value);
}

function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedType(type.type);
}
