import { GraphQLError, type GraphQLSchema, getVariableValues } from 'graphql';
import type { Operation } from './operation.ts';
import { OperationError } from './store.ts';

/** Faults of variables that are listed; a client needs no more than a few. */
const ERRORS_MAX = 10;

/**
 * The variables of an operation with their defaults. Values of custom scalars stay as they came, so that they can be
 * sent on as JSON.
 *
 * @see https://spec.graphql.org/October2021/#sec-Coercing-Variable-Values
 * @throws {OperationError} BAD_USER_INPUT naming the variable and the value
 */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
  hideSuggestions = false,
): Readonly<Record<string, unknown>> {
  const definitions = operation.definition.variableDefinitions ?? [];
  if (definitions.length === 0) return NONE;
  const { errors, coerced } = getVariableValues(schema, definitions, variables, {
    maxErrors: ERRORS_MAX,
    hideSuggestions,
  });
  if (errors) {
    throw new OperationError(
      errors.map(
        (error) =>
          new GraphQLError(error.message, {
            nodes: error.nodes ?? null,
            extensions: { code: 'BAD_USER_INPUT', retryable: false },
          }),
      ),
    );
  }
  return coerced;
}

const NONE: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null));
