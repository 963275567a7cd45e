import { type DocumentNode, GraphQLError, Kind, parse } from 'graphql';
import { DOCUMENT_TOKENS_MAX } from '../config.ts';
import { countComparisons } from './comparisons.ts';
import { measureDocument } from './documentSize.ts';
import { tooLarge } from './tooLarge.ts';

/** How large a document may be, with its fragments filled in. */
export interface Limits {
  readonly tokensMax: number;
  /** In one document; an explorer sends all its tabs. */
  readonly operationsMax: number;
  /** Fields inside fields. Tools read the schema with 15. */
  readonly depthMax: number;
  /** Selection sets, fragments included, and brackets of values and types: what recursive code would follow. */
  readonly nestingMax: number;
  readonly rootFieldsMax: number;
  readonly aliasesMax: number;
  readonly directivesMax: number;
  readonly selectionsMax: number;
  /** Pairs of fields with the same response key. Validation takes about a microsecond for each. */
  readonly comparisonsMax: number;
}

/** A page of a dashboard has some hundreds of fields; these leave room for ten of them. */
export const LIMITS: Limits = {
  tokensMax: DOCUMENT_TOKENS_MAX,
  operationsMax: 50,
  depthMax: 20,
  nestingMax: 100,
  rootFieldsMax: 50,
  aliasesMax: 200,
  directivesMax: 200,
  selectionsMax: 3_000,
  comparisonsMax: 20_000,
};

export interface DocumentLimiter {
  readonly limits: Limits;
  /**
   * Parses a text no further than its tokens are allowed.
   *
   * @throws {GraphQLError} GRAPHQL_PARSE_FAILED; OPERATION_TOO_LARGE for too many tokens or levels
   */
  parse(text: string): DocumentNode;
  /**
   * Refuses a document that is parsed and not yet validated, because validation itself may take long. All operations
   * of it are looked at, not only the one that is to run.
   *
   * @throws {GraphQLError} OPERATION_TOO_LARGE with `limit`, `found` and `maximum` in its extensions;
   *   GRAPHQL_VALIDATION_FAILED for fragments that spread themselves
   */
  check(document: DocumentNode): void;
}

/** As graphql-js words it, which has no other sign for it. */
const TOO_MANY_TOKENS = /Document contains more tha\w \d+ tokens/;

/** @param limits those that differ from LIMITS */
export function createLimits(limits: Partial<Limits> = {}): DocumentLimiter {
  const all: Limits = { ...LIMITS, ...limits };
  return {
    limits: all,
    parse: (text) => parseWithin(text, all),
    check: (document) => check(document, all),
  };
}

function check(document: DocumentNode, limits: Limits): void {
  if (document.tokenCount !== undefined && document.tokenCount > limits.tokensMax) {
    throw tooLarge('tokens', document.tokenCount, limits.tokensMax);
  }
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length;
  if (operations > limits.operationsMax) throw tooLarge('operations', operations, limits.operationsMax);

  const { roots, fragments } = measureDocument(document, limits.nestingMax);
  let selections = 0;
  for (const { definition, size } of roots) {
    if (size.nesting > limits.nestingMax) throw tooLarge('nesting', size.nesting, limits.nestingMax);
    if (size.depth > limits.depthMax) throw tooLarge('depth', size.depth, limits.depthMax);
    if (size.aliases > limits.aliasesMax) throw tooLarge('aliases', size.aliases, limits.aliasesMax);
    if (size.directives > limits.directivesMax) {
      throw tooLarge('directives', size.directives, limits.directivesMax);
    }
    if (definition.kind === Kind.OPERATION_DEFINITION && size.fields > limits.rootFieldsMax) {
      throw tooLarge('rootFields', size.fields, limits.rootFieldsMax);
    }
    // Of all operations together, because all are validated.
    selections += size.selections;
    if (selections > limits.selectionsMax) throw tooLarge('selections', selections, limits.selectionsMax);
  }

  let comparisons = 0;
  for (const { definition } of roots) {
    comparisons += countComparisons(definition.selectionSet, fragments, limits.comparisonsMax - comparisons);
    if (comparisons > limits.comparisonsMax) {
      throw tooLarge('comparisons', comparisons, limits.comparisonsMax);
    }
  }
}

function parseWithin(text: string, limits: Limits): DocumentNode {
  try {
    return parse(text, { maxTokens: limits.tokensMax });
  } catch (error) {
    // The parser calls itself for each level and is the first to run out of stack.
    if (error instanceof RangeError) throw tooLarge('nesting', limits.nestingMax + 1, limits.nestingMax);
    if (!(error instanceof GraphQLError)) throw error;
    if (TOO_MANY_TOKENS.test(error.message)) {
      throw tooLarge('tokens', limits.tokensMax + 1, limits.tokensMax);
    }
    throw new GraphQLError(error.message, {
      nodes: error.nodes ?? null,
      source: error.source ?? null,
      positions: error.positions ?? null,
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  }
}
