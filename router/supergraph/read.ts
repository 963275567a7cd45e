import { createHash } from 'node:crypto';
import {
  buildASTSchema,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  validateSchema,
  valueFromASTUntyped,
} from 'graphql';
import { toApiDocument } from './api.ts';
import { type Link, localName, readLinks } from './links.ts';
import {
  ENFORCED_DIRECTIVES,
  type EnforcedDirective,
  type SubgraphEntry,
  type Supergraph,
  SupergraphError,
} from './supergraph.ts';

const JOIN = 'https://specs.apollo.dev/join';
const TEXT_LENGTH_MAX = 64 * 1024 * 1024;

/** What is linked `for: SECURITY` or `for: EXECUTION` and this router carries out. */
const KNOWN: ReadonlySet<string> = new Set([
  'https://specs.apollo.dev/link',
  JOIN,
  'https://specs.apollo.dev/inaccessible',
  'https://specs.apollo.dev/authenticated',
  'https://specs.apollo.dev/requiresScopes',
  'https://specs.apollo.dev/policy',
  'https://specs.apollo.dev/cost',
  'https://specs.apollo.dev/tag',
]);

/**
 * Reads the text of a supergraph. Federation 2 (link and join specifications); see
 * https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/composition-rules
 *
 * @throws {SupergraphError} when it is no supergraph, or needs what this router cannot enforce
 */
export function readSupergraph(sdl: string): Supergraph {
  if (sdl.length > TEXT_LENGTH_MAX)
    throw new SupergraphError(`it is longer than ${TEXT_LENGTH_MAX} characters`);
  const document = parseSdl(sdl);
  const links = readLinks(document);
  if (!links.some(({ identity }) => identity === JOIN)) {
    throw new SupergraphError(
      `it does not link ${JOIN}: expected the output of a composition (Federation 2)`,
    );
  }
  const unknown = links.filter(({ identity, purpose }) => purpose !== null && !KNOWN.has(identity));
  for (const { identity, purpose } of unknown) {
    throw new SupergraphError(`it links ${identity} for ${purpose}, which this router does not carry out`);
  }
  const names = Object.keys(ENFORCED_DIRECTIVES) as EnforcedDirective[];
  const directives = Object.fromEntries(
    names.map((name) => [name, localName(links, ENFORCED_DIRECTIVES[name], name)]),
  ) as Supergraph['directives'];
  return {
    sdl,
    id: createHash('sha256').update(sdl).digest('hex').slice(0, 16),
    document,
    schema: build(document),
    apiSchema: apiSchemaOf(document, links, directives.inaccessible),
    links,
    subgraphs: readSubgraphs(document, links),
    directives,
  };
}

function parseSdl(sdl: string): DocumentNode {
  try {
    return parse(sdl, { noLocation: true });
  } catch (error) {
    throw new SupergraphError(`it is no GraphQL schema: ${(error as Error).message}`, { cause: error });
  }
}

function build(document: DocumentNode): GraphQLSchema {
  try {
    return buildASTSchema(document, { assumeValidSDL: true });
  } catch (error) {
    throw new SupergraphError((error as Error).message, { cause: error });
  }
}

function apiSchemaOf(
  document: DocumentNode,
  links: readonly Link[],
  inaccessible: string | undefined,
): GraphQLSchema {
  const schema = build(toApiDocument(document, links, inaccessible));
  const [fault] = validateSchema(schema);
  if (fault) throw new SupergraphError(`what clients would see is no valid schema: ${fault.message}`);
  return schema;
}

function readSubgraphs(document: DocumentNode, links: readonly Link[]): ReadonlyMap<string, SubgraphEntry> {
  const prefix = links.find(({ identity }) => identity === JOIN)?.prefix ?? 'join';
  const subgraphs = new Map<string, SubgraphEntry>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== `${prefix}__Graph`)
      continue;
    for (const value of definition.values ?? []) {
      const graph = value.directives?.find(({ name }) => name.value === `${prefix}__graph`);
      const args = Object.fromEntries(
        (graph?.arguments ?? []).map((argument) => [
          argument.name.value,
          valueFromASTUntyped(argument.value),
        ]),
      );
      const name = String(args.name ?? value.name.value);
      subgraphs.set(name, { name, url: String(args.url ?? '') });
    }
  }
  if (subgraphs.size === 0) throw new SupergraphError(`it names no subgraphs (enum ${prefix}__Graph)`);
  return subgraphs;
}
