import type { Database } from '../postgres.ts';
import { statement } from '../statement.ts';

const IDENTITY = statement(
  'feed.deployment',
  `select system_identifier as cluster, oid::bigint as database
     from pg_control_system(), pg_database where datname = current_database()`,
);

/**
 * Names the database whose positions a stream carries. Positions of two databases cannot be compared, so streams
 * of a Redis that two deployments share, or that outlived a database made anew, must not be taken for ours.
 */
export async function readDeployment(database: Database): Promise<string> {
  const [row] = await database.write((tx) => tx.rows<{ cluster: bigint; database: bigint }>(IDENTITY));
  return row ? `${row.cluster.toString(36)}.${row.database}` : 'unknown';
}
