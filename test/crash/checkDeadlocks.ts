/**
 * Whether two processes ever waited for each other's locks, as Postgres itself wrote down. The lanes run such a
 * batch again, so that nothing but time is lost and no client would tell us.
 *
 * @param log of the server, over all its lives
 * @param database only this one's, as the server may have others
 */
export function checkDeadlocks(log: string, database: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => line.includes('deadlock detected') && line.includes(`@${database} `));
}
