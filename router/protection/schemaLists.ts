import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/**
 * How long the lists of introspection are in a schema, by `Type.field`: of each kind the average of those that are not
 * empty. So the whole schema costs rather more than it has parts, and asked for several times over as many times that.
 */
export function schemaLists(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const composite = types.filter(
    (type): type is GraphQLObjectType | GraphQLInterfaceType => isObjectType(type) || isInterfaceType(type),
  );
  const fields = composite.flatMap((type) => Object.values(type.getFields()));
  const inputs = types.filter(isInputObjectType).map((type) => Object.keys(type.getFields()).length);
  const directives = schema.getDirectives();
  return new Map([
    ['__Schema.types', types.length],
    ['__Schema.directives', directives.length],
    ['__Type.fields', average(composite.map((type) => Object.keys(type.getFields()).length))],
    ['__Type.interfaces', average(composite.map((type) => type.getInterfaces().length))],
    [
      '__Type.possibleTypes',
      average(types.filter(isInterfaceType).map((type) => schema.getPossibleTypes(type).length)),
    ],
    ['__Type.enumValues', average(types.filter(isEnumType).map((type) => type.getValues().length))],
    ['__Type.inputFields', average(inputs)],
    ['__Field.args', average(fields.map(({ args }) => args.length))],
    ['__Directive.args', average(directives.map(({ args }) => args.length))],
    // Leaves, which weigh nothing.
    ['__Directive.locations', 0],
  ]);
}

function average(lengths: readonly number[]): number {
  const some = lengths.filter((length) => length > 0);
  return some.length === 0 ? 0 : Math.ceil(some.reduce((left, right) => left + right) / some.length);
}
