import { GraphQLScalarType, Kind } from 'graphql';
import { ApiError } from './errors.ts';
import { type AssetScale, formatAmount } from './money.ts';

/** What a `Money` field resolves from. */
export interface MoneyView {
  readonly amountMinor: bigint;
  readonly asset: AssetScale;
}

const DATE_TIME_PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

function parseText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new ApiError(
    'BAD_USER_INPUT',
    `${name} must be a string, got ${typeof value} ${String(value).slice(0, 40)}`,
  );
}

function parseDateTime(value: unknown): Date {
  const text = parseText('DateTime', value);
  const date = new Date(DATE_TIME_PATTERN.test(text) ? text : Number.NaN);
  if (Number.isNaN(date.getTime())) {
    throw new ApiError(
      'BAD_USER_INPUT',
      `DateTime must be RFC 3339 such as 2026-01-31T12:00:00Z, got ${text.slice(0, 40)}`,
    );
  }
  return date;
}

function textScalar(name: string): GraphQLScalarType<string, string> {
  return new GraphQLScalarType({
    name,
    serialize: (value) => String(value),
    parseValue: (value) => parseText(name, value),
    parseLiteral: (node) => parseText(name, node.kind === Kind.STRING ? node.value : undefined),
  });
}

/** Resolvers of the scalars and value types of schema/common.graphql, the same in every subgraph. */
export const commonResolvers = {
  Decimal: textScalar('Decimal'),
  Cursor: textScalar('Cursor'),
  DateTime: new GraphQLScalarType<Date, string>({
    name: 'DateTime',
    serialize: (value) => new Date(value as Date | string).toISOString(),
    parseValue: parseDateTime,
    parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
  }),
  Money: {
    amount: (money: MoneyView) => formatAmount(money.amountMinor, money.asset),
  },
};
