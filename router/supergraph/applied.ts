import { type ConstDirectiveNode, valueFromASTUntyped } from 'graphql';

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

/**
 * The arguments of each application of a directive, as they are written: defaults of the directive are not filled in.
 * Empty when the supergraph does not know the directive (`name` undefined).
 */
export function appliedArguments(
  nodes: Annotated | readonly (Annotated | null | undefined)[] | null | undefined,
  name: string | undefined,
): readonly Readonly<Record<string, unknown>>[] {
  if (name === undefined) return [];
  const all = Array.isArray(nodes)
    ? (nodes as readonly (Annotated | null | undefined)[])
    : [nodes as Annotated];
  return all.flatMap((node) =>
    (node?.directives ?? [])
      .filter((directive) => directive.name.value === name)
      .map((directive) =>
        Object.fromEntries(
          (directive.arguments ?? []).map((argument) => [
            argument.name.value,
            valueFromASTUntyped(argument.value),
          ]),
        ),
      ),
  );
}

/** Every syntax node of a type: where it is defined and where it is extended. */
export function nodesOf(type: {
  readonly astNode?: Annotated | null | undefined;
  readonly extensionASTNodes?: readonly Annotated[] | undefined;
}): readonly (Annotated | null | undefined)[] {
  return [type.astNode, ...(type.extensionASTNodes ?? [])];
}
