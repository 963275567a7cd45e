/**
 * The relay's streams are sharded by organization, so that one organization's events stay in order and many
 * organizations spread over the nodes of a Redis Cluster. The same function exists in SQL (`shardExpression`), so
 * it uses the last byte of the uuid, which is random in a uuidv7.
 */
export const SHARDS_DEFAULT = 8;
export const SHARDS_MAX = 256;

export function shardOf(organizationId: string, shards: number): number {
  return Number.parseInt(organizationId.slice(-2), 16) % shards;
}

/** SQL for the same shard, where `$n` holds the number of shards. */
export function shardExpression(shardsParameter: string): string {
  return `get_byte(uuid_send(organization_id), 15) % ${shardsParameter}::int`;
}

/** @param deployment as `readDeployment` names it */
export function streamKey(deployment: string, shard: number): string {
  return `omsx:${deployment}:events:${shard}`;
}
