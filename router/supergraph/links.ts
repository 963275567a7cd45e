import { type DirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';

/** A specification that a schema links to, and the local names of what it imports of it. */
export interface Link {
  /** Without its version, such as `https://specs.apollo.dev/inaccessible`. */
  readonly identity: string;
  readonly version: string;
  readonly prefix: string;
  /** `SECURITY` or `EXECUTION`: whoever does not know the specification must not serve the schema. */
  readonly purpose: string | null;
  /** Local name by the specification's own, both with `@` for directives. */
  readonly imports: ReadonlyMap<string, string>;
}

interface LinkArguments {
  readonly url?: unknown;
  readonly as?: unknown;
  readonly for?: unknown;
  readonly import?: unknown;
}

/** @see https://specs.apollo.dev/link/v1.0/ */
export function readLinks(document: DocumentNode): readonly Link[] {
  const links: Link[] = [];
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      const link = directive.name.value === 'link' ? readLink(directive) : null;
      if (link !== null) links.push(link);
    }
  }
  return links;
}

function readLink(directive: DirectiveNode): Link | null {
  const args = Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  ) as LinkArguments;
  const parsed = /^(https?:\/\/.+?)\/?(v\d+\.\d+)?\/?$/.exec(String(args.url ?? ''));
  if (parsed === null) return null;
  const identity = parsed[1] as string;
  const own = identity.split('/').at(-1) ?? identity;
  return {
    identity,
    version: parsed[2] ?? '',
    prefix: typeof args.as === 'string' ? args.as : own,
    purpose: typeof args.for === 'string' ? args.for : null,
    imports: new Map(Array.isArray(args.import) ? args.import.flatMap(readImport) : []),
  };
}

function readImport(imported: unknown): readonly (readonly [string, string])[] {
  if (typeof imported === 'string') return [[imported, imported]];
  const { name, as } = (imported ?? {}) as { name?: unknown; as?: unknown };
  return typeof name === 'string' ? [[name, typeof as === 'string' ? as : name]] : [];
}

/** What a directive of a linked specification is called in this schema; undefined when it is not linked. */
export function localName(links: readonly Link[], identity: string, directive: string): string | undefined {
  const link = links.find((one) => one.identity === identity);
  if (link === undefined) return undefined;
  const imported = link.imports.get(`@${directive}`);
  if (imported !== undefined) return imported.slice(1);
  // A specification's directive of its own name needs no prefix.
  return identity.endsWith(`/${directive}`) ? link.prefix : `${link.prefix}__${directive}`;
}
