import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type TypeNode,
  type ValueNode,
} from 'graphql';
import { tooLarge } from './tooLarge.ts';

/** What a selection set holds once its fragments are filled in. Numbers are exact up to SATURATED and stay there. */
export interface Size {
  /** Fields, spreads and inline fragments. */
  readonly selections: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields inside fields; 1 for a set of leaves. */
  readonly depth: number;
  /** Selection sets inside selection sets, fragments too. */
  readonly nesting: number;
  /** Fields of the set itself. */
  readonly fields: number;
}

export interface DocumentSize {
  /** Fragments that no operation spreads count as operations, because validation reads them all the same. */
  readonly roots: readonly Root[];
  /** By name; of several the first, the others are roots. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export interface Root {
  readonly definition: OperationDefinitionNode | FragmentDefinitionNode;
  readonly size: Size;
}

const SATURATED = Number.MAX_SAFE_INTEGER;
/** Names in the message about a cycle. */
const CYCLE_NAMES_MAX = 10;

/**
 * Sizes of a document that is parsed and perhaps not valid. Each fragment is counted once and its numbers are added
 * wherever it is spread, so that the work grows with the text and not with what it stands for.
 *
 * @throws {GraphQLError} OPERATION_TOO_LARGE beyond `nestingMax`, which also bounds this function's own stack;
 *   GRAPHQL_VALIDATION_FAILED for a fragment that spreads itself
 */
export function measureDocument(document: DocumentNode, nestingMax: number): DocumentSize {
  const meter = new Meter(document, nestingMax);
  const roots: Root[] = [];
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    roots.push({ definition, size: meter.ofOperation(definition) });
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION || meter.isSpread(definition)) continue;
    roots.push({ definition, size: meter.ofFragment(definition) });
  }
  return { roots, fragments: meter.fragments };
}

class Meter {
  readonly fragments = new Map<string, FragmentDefinitionNode>();
  readonly #sizes = new Map<FragmentDefinitionNode, Size>();
  /** Fragments that are being counted, outermost first. */
  readonly #open: FragmentDefinitionNode[] = [];
  readonly #nestingMax: number;

  constructor(document: DocumentNode, nestingMax: number) {
    this.#nestingMax = nestingMax;
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION || this.fragments.has(definition.name.value)) continue;
      this.fragments.set(definition.name.value, definition);
    }
  }

  isSpread(fragment: FragmentDefinitionNode): boolean {
    return this.#sizes.has(fragment);
  }

  ofOperation(operation: OperationDefinitionNode): Size {
    const size = this.#ofSet(operation.selectionSet, 1);
    let directives = size.directives + this.#directives(operation.directives);
    for (const variable of operation.variableDefinitions ?? []) {
      this.#checkType(variable.type);
      if (variable.defaultValue) this.#checkValue(variable.defaultValue, 1);
      directives += this.#directives(variable.directives);
    }
    return { ...size, directives };
  }

  ofFragment(fragment: FragmentDefinitionNode, level = 0): Size {
    const known = this.#sizes.get(fragment);
    if (known !== undefined) return known;
    const start = this.#open.indexOf(fragment);
    if (start >= 0) throw cycle(this.#open.slice(start));
    this.#open.push(fragment);
    const inner = this.#ofSet(fragment.selectionSet, level + 1);
    this.#open.pop();
    const size = { ...inner, directives: inner.directives + this.#directives(fragment.directives) };
    this.#sizes.set(fragment, size);
    return size;
  }

  /** `level` is how deep this set stands on the way that led here, a lower bound where a fragment is known already. */
  #ofSet(set: SelectionSetNode, level: number): Size {
    if (level > this.#nestingMax) throw tooLarge('nesting', level, this.#nestingMax);
    let [selections, aliases, directives, depth, nesting, fields] = [0, 0, 0, 0, 0, 0];
    for (const selection of set.selections) {
      const own = this.#directives(selection.directives);
      const inner = this.#inside(selection, level);
      const isField = selection.kind === Kind.FIELD;
      selections = add(selections, add(1, inner.selections));
      aliases = add(aliases, add(isField && selection.alias ? 1 : 0, inner.aliases));
      directives = add(directives, add(own, inner.directives));
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
      nesting = Math.max(nesting, inner.nesting);
      fields = add(fields, isField ? 1 : inner.fields);
    }
    return { selections, aliases, directives, depth, nesting: nesting + 1, fields };
  }

  #inside(selection: SelectionNode, level: number): Size {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = this.fragments.get(selection.name.value);
      // Validation says that it is unknown.
      return fragment === undefined ? NOTHING : this.ofFragment(fragment, level);
    }
    if (selection.kind === Kind.FIELD) {
      for (const { value } of selection.arguments ?? []) this.#checkValue(value, 1);
    }
    return selection.selectionSet === undefined ? NOTHING : this.#ofSet(selection.selectionSet, level + 1);
  }

  #directives(directives: readonly DirectiveNode[] | undefined): number {
    for (const directive of directives ?? []) {
      for (const { value } of directive.arguments ?? []) this.#checkValue(value, 1);
    }
    return directives?.length ?? 0;
  }

  #checkValue(value: ValueNode, level: number): void {
    if (level > this.#nestingMax) throw tooLarge('nesting', level, this.#nestingMax);
    if (value.kind === Kind.LIST) for (const item of value.values) this.#checkValue(item, level + 1);
    if (value.kind === Kind.OBJECT)
      for (const field of value.fields) this.#checkValue(field.value, level + 1);
  }

  #checkType(type: TypeNode): void {
    let level = 0;
    for (let inner = type; inner.kind !== Kind.NAMED_TYPE; inner = inner.type) level += 1;
    if (level > this.#nestingMax) throw tooLarge('nesting', level, this.#nestingMax);
  }
}

const NOTHING: Size = { selections: 0, aliases: 0, directives: 0, depth: 0, nesting: 0, fields: 0 };

function add(left: number, right: number): number {
  return Math.min(left + right, SATURATED);
}

function cycle(fragments: readonly FragmentDefinitionNode[]): GraphQLError {
  const [first, ...others] = fragments.slice(0, CYCLE_NAMES_MAX).map(({ name }) => `"${name.value}"`);
  const way = others.length === 0 ? '' : ` by way of ${others.join(', ')}`;
  return new GraphQLError(`Fragment ${first} spreads itself${way}.`, {
    nodes: fragments.slice(0, CYCLE_NAMES_MAX),
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  });
}
