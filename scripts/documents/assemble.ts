import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  validate,
  visit,
} from 'graphql';
import { MANIFEST_FORMAT } from '../../router/operation/manifest.ts';

export interface SourceDocument {
  readonly file: string;
  readonly document: DocumentNode;
}

export interface ListedOperation {
  /** SHA-256 of `body`, hexadecimal. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly body: string;
}

export interface AssembleOptions {
  readonly schema: GraphQLSchema;
  /** Adds `__typename` to each selection set below the root, as clients with a normalized cache do. */
  readonly addTypename: boolean;
}

/** Everything that is wrong with the documents, one line each. */
export class DocumentsError extends Error {
  override readonly name = 'DocumentsError';
}

/**
 * Each operation with the fragments that it uses, as one document, sorted by name.
 *
 * @throws {DocumentsError} for operations without a name, names used twice, and what is not valid against the schema
 */
export function assemble(
  sources: readonly SourceDocument[],
  options: AssembleOptions,
): readonly ListedOperation[] {
  const faults: string[] = [];
  const operations = new Map<string, { readonly file: string; readonly node: OperationDefinitionNode }>();
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const { file, document } of sources) {
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) {
        const known = fragments.get(node.name.value);
        if (known !== undefined && print(known) !== print(node))
          faults.push(`${file}: fragment ${node.name.value} is another elsewhere`);
        fragments.set(node.name.value, node);
      } else if (node.kind === Kind.OPERATION_DEFINITION) {
        const name = node.name?.value;
        const known = name === undefined ? undefined : operations.get(name);
        if (name === undefined) faults.push(`${file}: an operation has no name`);
        else if (known !== undefined && print(known.node) !== print(node))
          faults.push(`${file}: operation ${name} is another in ${known.file}`);
        else operations.set(name, { file, node });
      }
    }
  }
  const listed = [...operations].map(([name, { file, node }]) => {
    const document = withTypename(documentOf(node, fragments), options.addTypename);
    for (const error of validate(options.schema, document)) faults.push(`${file}: ${name}: ${error.message}`);
    return listedOf(name, node, document);
  });
  if (faults.length > 0) throw new DocumentsError(faults.join('\n'));
  return listed.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text of the manifest: the same operations give the same bytes. */
export function manifestOf(operations: readonly ListedOperation[]): string {
  return `${JSON.stringify({ format: MANIFEST_FORMAT, version: 1, operations }, null, 2)}\n`;
}

function listedOf(name: string, node: OperationDefinitionNode, document: DocumentNode): ListedOperation {
  const body = print(document);
  const id = createHash('sha256').update(body).digest('hex');
  return { id, name, type: node.operation, body };
}

/** A fragment that is missing stays missing: validation says so. */
function documentOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DocumentNode {
  const used = new Map<string, FragmentDefinitionNode>();
  const collect = (set: SelectionSetNode): void => {
    visit(set, {
      enter: (node) => {
        if (node.kind !== Kind.FRAGMENT_SPREAD || used.has(node.name.value)) return;
        const fragment = fragments.get(node.name.value);
        if (fragment === undefined) return;
        used.set(node.name.value, fragment);
        collect(fragment.selectionSet);
      },
    });
  };
  collect(operation.selectionSet);
  const sorted = [...used.values()].sort((a, b) => (a.name.value < b.name.value ? -1 : 1));
  return { kind: Kind.DOCUMENT, definitions: [operation, ...sorted] };
}

const TYPENAME = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;

function withTypename(document: DocumentNode, isWanted: boolean): DocumentNode {
  if (!isWanted) return document;
  return visit(document, {
    leave(node, _key, parent) {
      if (node.kind !== Kind.SELECTION_SET) return undefined;
      const isRoot =
        !Array.isArray(parent) && (parent as { kind?: string }).kind === Kind.OPERATION_DEFINITION;
      const hasOne = node.selections.some(
        (one) => one.kind === Kind.FIELD && one.name.value === '__typename' && one.alias === undefined,
      );
      return isRoot || hasOne ? undefined : { ...node, selections: [...node.selections, TYPENAME] };
    },
  });
}
