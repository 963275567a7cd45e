/**
 * What the shop's subgraphs know, worked out from ids alone: every shop has the same users, products and reviews under
 * ids of its own, so that two shops' answers have the same size and nothing else in common.
 */
export interface User {
  readonly __typename: 'User';
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly birthYear: number;
}

export interface Product {
  readonly __typename: 'Product';
  readonly upc: string;
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly weight: number;
}

export interface Review {
  readonly id: string;
  readonly body: string;
  readonly stars: number;
  readonly author: { readonly __typename: 'User'; readonly id: string };
  readonly product: { readonly __typename: 'Product'; readonly upc: string };
}

const USERS = 6;
const PRODUCTS = 8;
const REVIEWS_OF_USER = 4;
const CATALOGUE = 1_000;

const NAMES = ['Ada Quill', 'Bram Oduya', 'Chiara Wen', 'Dmitri Holt', 'Esi Lindqvist', 'Farid Okonkwo'];
const GOODS = ['Table', 'Couch', 'Chair', 'Lamp', 'Shelf', 'Rug', 'Desk', 'Stool'];
const OPINIONS = [
  'Arrived in two parts, went together in ten minutes.',
  'Would buy it again, although the colour is darker than shown.',
  'The third one in this house, which says enough.',
];

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_value, index) => index);

/** An id is `<shop>-<letter><number>`. */
function split(id: string): { readonly shop: string; readonly number: number } {
  const at = id.lastIndexOf('-');
  return { shop: id.slice(0, at), number: Number.parseInt(id.slice(at + 2), 10) };
}

export function usersOf(shop: string): readonly User[] {
  return numbers(USERS).map((number) => userOf(`${shop}-u${number}`));
}

export function userOf(id: string): User {
  const { number } = split(id);
  const name = NAMES[number % NAMES.length] as string;
  const username = `@${name.toLowerCase().replace(' ', '.')}`;
  return { __typename: 'User', id, name, username, birthYear: 1960 + number };
}

export function topProductsOf(shop: string, first: number): readonly Product[] {
  return numbers(Math.min(first, PRODUCTS)).map((number) => productOf(`${shop}-p${number}`));
}

export function catalogueOf(shop: string): readonly Product[] {
  return numbers(CATALOGUE).map((number) => productOf(`${shop}-p${number}`));
}

export function productOf(upc: string): Product {
  const { number } = split(upc);
  const goods = GOODS[number % GOODS.length] as string;
  return {
    __typename: 'Product',
    upc,
    name: `${goods} ${100 + number}`,
    description: `${goods} of oiled oak, number ${100 + number} of the house's own series.`,
    price: 1_000 + ((number * 37) % 900),
    weight: 100 + ((number * 13) % 800),
  };
}

/** What inventory says of a product. Its estimate is made of what products told. */
export function stockOf(product: {
  readonly upc: string;
  readonly price?: number;
  readonly weight?: number;
}) {
  const { price = 0, weight = 0 } = product;
  const { number } = split(product.upc);
  return {
    __typename: 'Product',
    upc: product.upc,
    inStock: number % 4 !== 0,
    shippingEstimate: price > 1_500 ? 0 : Math.floor(weight / 2),
  };
}

export function reviewsOfUser(id: string): readonly Review[] {
  const { shop, number } = split(id);
  return numbers(REVIEWS_OF_USER).map((place) => reviewOf(shop, number * REVIEWS_OF_USER + place));
}

export function reviewsOfProduct(upc: string): readonly Review[] {
  const { shop, number } = split(upc);
  return numbers(USERS * REVIEWS_OF_USER)
    .filter((review) => review % PRODUCTS === number)
    .map((review) => reviewOf(shop, review));
}

export function reviewOf(shop: string, number: number): Review {
  return {
    id: `${shop}-r${number}`,
    body: OPINIONS[number % OPINIONS.length] as string,
    stars: 1 + (number % 5),
    author: { __typename: 'User', id: `${shop}-u${Math.floor(number / REVIEWS_OF_USER)}` },
    product: { __typename: 'Product', upc: `${shop}-p${number % PRODUCTS}` },
  };
}
