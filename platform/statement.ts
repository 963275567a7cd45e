/**
 * A named SQL statement. Postgres parses it once a connection and then knows it by name, which is why hot
 * statements are constants with a name and not strings built where they are used.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Declares a named statement. @param name unique in the program, such as `ledger.lock_accounts` */
export function statement(name: string, text: string): Statement {
  return { name, text };
}
