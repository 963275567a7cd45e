import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js';
import { type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import { projectRoot } from '../../../platform/paths.ts';
import {
  catalogueOf,
  productOf,
  reviewOf,
  reviewsOfProduct,
  reviewsOfUser,
  stockOf,
  topProductsOf,
  userOf,
  usersOf,
} from './data.ts';

export const SHOP_SUBGRAPHS = ['accounts', 'inventory', 'products', 'reviews'] as const;
export type ShopSubgraph = (typeof SHOP_SUBGRAPHS)[number];

const FOLDER = join(projectRoot, 'bench', 'router', 'shop');

interface ProductReference {
  readonly upc: string;
  readonly price?: number;
  readonly weight?: number;
}

const RESOLVERS: Readonly<Record<ShopSubgraph, GraphQLResolverMap<unknown>>> = {
  accounts: {
    Query: { users: (_root: unknown, { shop }: { shop: string }) => usersOf(shop) },
    User: { __resolveReference: ({ id }: { id: string }) => userOf(id) },
  },
  inventory: {
    Product: { __resolveReference: (reference: ProductReference) => stockOf(reference) },
  },
  products: {
    Query: {
      topProducts: (_root: unknown, { shop, first }: { shop: string; first: number }) =>
        topProductsOf(shop, first),
      catalogue: (_root: unknown, { shop }: { shop: string }) => catalogueOf(shop),
    },
    Product: { __resolveReference: ({ upc }: ProductReference) => productOf(upc) },
  },
  reviews: {
    User: {
      __resolveReference: (reference: { id: string }) => reference,
      reviews: ({ id }: { id: string }) => reviewsOfUser(id),
    },
    Product: {
      __resolveReference: (reference: ProductReference) => reference,
      reviews: ({ upc }: ProductReference) => reviewsOfProduct(upc),
    },
    Review: {
      __resolveReference: ({ id }: { id: string }) => {
        const at = id.lastIndexOf('-');
        return reviewOf(id.slice(0, at), Number.parseInt(id.slice(at + 2), 10));
      },
    },
  },
};

export function shopSchema(name: ShopSubgraph): GraphQLSchema {
  return buildSubgraphSchema({ typeDefs: typeDefsOf(name), resolvers: RESOLVERS[name] });
}

/** @throws when the subgraphs do not compose. */
export function composeShop(urls: Readonly<Record<ShopSubgraph, string>>): string {
  const services = SHOP_SUBGRAPHS.map((name) => ({ name, url: urls[name], typeDefs: typeDefsOf(name) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

export function shopDocument(name: 'deep' | 'flat'): string {
  return readFileSync(join(FOLDER, `${name}.graphql`), 'utf8');
}

function typeDefsOf(name: ShopSubgraph): DocumentNode {
  return parse(readFileSync(join(FOLDER, `${name}.graphql`), 'utf8'));
}
