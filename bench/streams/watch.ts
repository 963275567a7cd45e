import type { Request } from './subscriber.ts';

const WATCH = `subscription Watch($accountId: ID!, $after: Cursor) {
  update: balanceUpdates(accountId: $accountId, after: $after) {
    cursor
    account { id name }
    balance { version available { amount asset { code } } }
  }
}`;

/** Watches one account's balance: the event, what it left of the balance, and the account's name from another subgraph. */
export function watchOf(accountId: string): Request {
  return { query: WATCH, variables: { accountId } };
}
