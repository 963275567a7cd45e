import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import type { Identity } from '../../../router/caller.ts';
import type { Operation } from '../../../router/operation/operation.ts';
import { OperationStore } from '../../../router/operation/store.ts';
import { readSupergraph } from '../../../router/supergraph/read.ts';
import type { Supergraph } from '../../../router/supergraph/supergraph.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@external", "@requires", "@interfaceObject", "@inaccessible",
  "@authenticated", "@requiresScopes", "@policy", "@cost", "@listSize", "@tag"])`;

/** Text of the supergraph that subgraphs compose to. A schema that links nothing gets the usual link of Federation 2.9. */
export function composeSdl(schemas: Readonly<Record<string, string>>): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(schemas).map(([name, schema]) => ({
      name,
      url: `http://${name}.test/graphql`,
      typeDefs: parse(schema.includes('@link(') ? schema : `${LINK}\n${schema}`),
    })),
  );
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

export function compose(schemas: Readonly<Record<string, string>>): Supergraph {
  return readSupergraph(composeSdl(schemas));
}

/** A valid operation of the supergraph, made as the router makes it. */
export function operationOf(supergraph: Supergraph, text: string, name?: string): Operation {
  return new OperationStore(supergraph.apiSchema, (text) => parse(text)).get(text, name);
}

/** Someone with these scopes; with none given, nobody. */
export function identityOf(scopes?: readonly string[]): Identity {
  return {
    viewer: null,
    isAuthenticated: scopes !== undefined,
    hasScope: (scope) => scopes?.includes(scope) ?? false,
    shareKey: JSON.stringify(scopes ?? null),
    budgetKey: 'test',
    claims: {},
    expiresAtMs: null,
  };
}
