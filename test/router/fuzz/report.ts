import {
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  parse,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Case } from './case.ts';
import type { Finding } from './evidence.ts';
import type { SubgraphText } from './generate/print.ts';

const DIFFERENCES_MAX = 6;

/** A finding as it is printed: what it takes to see it again, and to see what is wrong. */
export function describe(
  one: Case,
  finding: Finding,
  {
    trace,
    subgraphs,
    schema,
  }: {
    readonly trace: readonly string[];
    readonly subgraphs: readonly SubgraphText[];
    readonly schema: GraphQLSchema;
  },
): string {
  const { planner, against, differences, ours, theirs } = finding;
  return [
    `== case ${one.name}: ours (planner ${planner}) is not ${against}`,
    ...differences.slice(0, DIFFERENCES_MAX).map(({ path, what }) => `   at [${path.join(', ')}]: ${what}`),
    `again: npm run fuzz -- --case ${one.name}`,
    `operation:\n${one.text}`,
    `variables: ${JSON.stringify(one.variables)}`,
    `conditions: ${JSON.stringify(one.conditions)}`,
    `ours:   ${JSON.stringify(ours)}`,
    `${against}: ${JSON.stringify(theirs)}`,
    `fetches:\n  ${trace.join('\n  ')}`,
    `subgraphs:\n${involved(subgraphs, schema, one.text)}`,
  ].join('\n');
}

/** The definitions of the types that an operation passes through. */
function involved(subgraphs: readonly SubgraphText[], schema: GraphQLSchema, text: string): string {
  const names = new Set<string>(['Query', 'Mutation']);
  const info = new TypeInfo(schema);
  visit(
    parse(text),
    visitWithTypeInfo(info, {
      enter: () => {
        for (const type of [info.getType(), info.getParentType()]) {
          const named = type ? getNamedType(type) : undefined;
          if (isCompositeType(named)) names.add(named.name);
        }
      },
    }),
  );
  return subgraphs
    .map(({ name, sdl }) => {
      const definitions = parse(sdl, { noLocation: true }).definitions.filter(
        (one) => 'name' in one && one.name !== undefined && names.has(one.name.value),
      );
      return `# ${name}\n${definitions.map(print).join('\n')}`;
    })
    .join('\n');
}
