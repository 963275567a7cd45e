import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  Kind,
  OperationTypeNode,
  parse,
  print,
  type SchemaDefinitionNode,
  visit,
} from 'graphql';
import { contractFaults } from './contractFaults.ts';
import {
  type ContractSource,
  type ContractTags,
  hasTag,
  isMarked,
  type Part,
  partsLeftOut,
  sourceOf,
  tagsUsed,
} from './contractFilter.ts';
import { unreachableTypes } from './contractReach.ts';
import { readSupergraph } from './read.ts';
import { type Supergraph, SupergraphError } from './supergraph.ts';

export interface ContractOptions extends ContractTags {
  /** Leaves out types that no operation gets to any more, unless they have a tag to keep. */
  readonly hideUnreachable?: boolean;
}

/** The tags make no contract. One sentence for each fault. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/**
 * The same supergraph for other readers: what its `@tag`s leave out is marked `@inaccessible`, so that plans may use it
 * and clients do not see it. Marks that are there stay.
 *
 * @param sdl text of a supergraph
 * @returns text of a supergraph
 * @throws {SupergraphError} for what is no supergraph
 * @throws {ContractError} for tags that nothing has, and where what is left is no schema
 * @see https://www.apollographql.com/docs/graphos/platform/schema-management/delivery/contracts/overview
 */
export function contractOf(sdl: string, options: ContractOptions): string {
  const supergraph = readSupergraph(sdl);
  const { document, links, directives } = supergraph;
  const { tag, inaccessible } = directives;
  if (tag === undefined)
    throw new ContractError(['The supergraph does not link https://specs.apollo.dev/tag.']);
  const source = sourceOf(document, links, { tag, inaccessible });
  refuse(tagFaults(source, options));

  const hidden = partsLeftOut(source, options);
  refuse(contractFaults(source, hidden, supergraph.schema.getQueryType()?.name ?? 'Query'));
  if (options.hideUnreachable) {
    for (const type of unreachableTypes(source, hidden, rootNames(supergraph))) {
      if (!hasTag(type, source, options.include)) hidden.add(type);
    }
  }
  const contract = print(mark(document, hidden, inaccessible));
  try {
    readSupergraph(contract);
  } catch (error) {
    if (!(error instanceof SupergraphError)) throw error;
    throw new ContractError([error.message]);
  }
  return `${contract}\n`;
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new ContractError(faults);
}

/** A tag with a slip in it would leave out nothing, and nobody would notice. */
function tagFaults(source: ContractSource, { include, exclude }: ContractTags): readonly string[] {
  if (include.length + exclude.length === 0) return ['No tag is given to include or to exclude.'];
  const used = tagsUsed(source);
  const known = [...used].sort().join(', ') || 'none';
  const unknown = [...include, ...exclude].filter((tag) => !used.has(tag));
  const both = include.filter((tag) => exclude.includes(tag));
  return [
    ...unknown.map((tag) => `Nothing is tagged "${tag}"; there are: ${known}.`),
    ...both.map((tag) => `"${tag}" cannot be both included and excluded.`),
  ];
}

function rootNames({ schema }: Supergraph): readonly string[] {
  return Object.values(OperationTypeNode).flatMap((kind) => schema.getRootType(kind)?.name ?? []);
}

const LINK = '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)';
const DEFINITION = `directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR
  | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION`;

/** @param name of the directive where it is linked already */
function mark(document: DocumentNode, hidden: ReadonlySet<Part>, name: string | undefined): DocumentNode {
  const directive: ConstDirectiveNode = {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: name ?? 'inaccessible' },
  };
  const marked = visit(document, {
    enter: (node) =>
      hidden.has(node as Part) && !isMarked((node as Part).directives, name)
        ? { ...node, directives: [...((node as Part).directives ?? []), directive] }
        : undefined,
  });
  return name === undefined ? link(marked) : marked;
}

function link(document: DocumentNode): DocumentNode {
  const taken = document.definitions.some(
    (one) => one.kind === Kind.DIRECTIVE_DEFINITION && one.name.value === 'inaccessible',
  );
  if (taken) {
    throw new ContractError([
      'There is a directive @inaccessible that is not that of https://specs.apollo.dev.',
    ]);
  }
  const [schema] = parse(`schema ${LINK} { query: Query }`).definitions as [SchemaDefinitionNode];
  const [definition] = parse(DEFINITION).definitions as [DirectiveDefinitionNode];
  const definitions = document.definitions.flatMap((one): DefinitionNode[] =>
    one.kind === Kind.SCHEMA_DEFINITION
      ? [{ ...one, directives: [...(one.directives ?? []), ...(schema.directives ?? [])] }, definition]
      : [one],
  );
  return { ...document, definitions };
}
