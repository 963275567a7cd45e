import { type GraphQLLeafType, isEnumType, isSpecifiedScalarType } from 'graphql';

/** An expression that tells whether `value` is fit to be an answer of type `type`; null when everything is. */
export function leafTest(
  type: GraphQLLeafType,
  value: string,
  constant: (value: unknown) => string,
): string | null {
  if (isEnumType(type)) {
    const names = constant(new Set(type.getValues().map(({ name }) => name)));
    return `${names}.has(${value})`;
  }
  if (!isSpecifiedScalarType(type)) return null;
  switch (type.name) {
    case 'Int':
      return `(${value} | 0) === ${value}`;
    case 'Float':
      return `typeof ${value} === "number" && Number.isFinite(${value})`;
    case 'Boolean':
      return `typeof ${value} === "boolean"`;
    case 'ID':
      return `(typeof ${value} === "string" || Number.isSafeInteger(${value}))`;
    default:
      return `typeof ${value} === "string"`;
  }
}
