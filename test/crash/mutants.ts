import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Tx } from '../../platform/postgres.ts';
import type { Statement } from '../../platform/statement.ts';

/**
 * Known bugs, planted from outside: whatever the platform does with Postgres goes through a `Database` that it is
 * given, so a test can hand it one that does it wrongly. The product itself has no switch that anyone could set.
 */
export interface Mutant extends Database {
  /** How often the planted bug was run through: a mutant that nothing touches proves nothing. */
  uses(): number;
}

/** Sends another text wherever the named statement is sent. @throws when the mutation changes nothing */
export function withMutatedStatement(
  database: Database,
  name: string,
  mutate: (text: string) => string,
): Mutant {
  let uses = 0;
  const rewrite = (statement: Statement): Statement => {
    if (statement.name !== name) return statement;
    const text = mutate(statement.text);
    if (text === statement.text)
      throw new Error(`${name} reads otherwise than the mutation expects: ${text}`);
    uses++;
    return { name: `mutated.${name}`, text };
  };
  const wrap = (tx: Tx): Tx => ({
    manager: tx.manager,
    rows: (statement, values) => tx.rows(rewrite(statement), values),
  });
  return {
    ...forwarded(database),
    readRows: (organizationId, statement, values) =>
      database.readRows(organizationId, rewrite(statement), values),
    read: (organizationId, work) => database.read(organizationId, (tx) => work(wrap(tx))),
    write: (work) => database.write((tx) => work(wrap(tx))),
    uses: () => uses,
  };
}

/** Resolves a write when its work is done, and commits `lateMs` later: the bug of whoever forgets an `await`. */
export function acknowledgingEarly(database: Database, lateMs: number): Mutant {
  let uses = 0;
  return {
    ...forwarded(database),
    write: (work) =>
      new Promise((resolve, reject) => {
        const committed = database.write(async (tx) => {
          const value = await work(tx);
          uses++;
          resolve(value);
          await sleep(lateMs);
          return value;
        });
        committed.catch(reject);
      }),
    uses: () => uses,
  };
}

/** Spread would lose the methods of a class, which hang on its prototype. */
function forwarded(database: Database): Database {
  return {
    dataSource: database.dataSource,
    readRows: (organizationId, statement, values) => database.readRows(organizationId, statement, values),
    read: (organizationId, work) => database.read(organizationId, work),
    write: (work) => database.write(work),
    statementCount: () => database.statementCount(),
    close: () => database.close(),
  };
}
