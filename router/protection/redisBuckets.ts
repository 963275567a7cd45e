import { createHash } from 'node:crypto';
import type { RedisLink } from '../../platform/redis.ts';
import { type BucketSize, type Taking, takingOf } from './tokenBucket.ts';

/** Token buckets that all processes of a deployment share. */
export interface RedisBuckets {
  /** One round trip; null when Redis is away or fails. Not safe to retry: it may have been taken. */
  take(budgetKey: string, cost: number): Promise<Taking | null>;
  /** Takes without asking, or gives back where it is negative. Lost when Redis is away. */
  charge(budgetKey: string, cost: number): Promise<void>;
}

/**
 * The rules of tokenBucket.ts, by the clock of Redis, which is the same for all who ask. KEYS[1] bucket; ARGV[1]
 * capacity, ARGV[2] refill a second, ARGV[3] cost, ARGV[4] '1' to take without asking. A bucket is forgotten when it
 * would be full. Gives whether it was granted and the tokens as text, because Redis cuts numbers to integers.
 */
const CHARGE = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local capacity = tonumber(ARGV[1])
local refill = tonumber(ARGV[2])
local cost = tonumber(ARGV[3])
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = capacity
if stored[1] then
  local waited = math.max(0, now - tonumber(stored[2]))
  tokens = math.min(capacity, tonumber(stored[1]) + waited / 1000 * refill)
end
if ARGV[4] ~= '1' and tokens < math.min(cost, capacity) then return {0, tostring(tokens)} end
tokens = math.max(-capacity, math.min(capacity, tokens - cost))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil((capacity - tokens) / refill * 1000) + 1)
return {1, tostring(tokens)}`;

export function createRedisBuckets(redis: RedisLink, size: BucketSize): RedisBuckets {
  async function run(
    budgetKey: string,
    cost: number,
    isForced: boolean,
  ): Promise<readonly [number, string] | null> {
    const { capacity, refillPerSecond } = size;
    const given = [capacity, refillPerSecond, cost, isForced ? 1 : 0].map(String);
    const answer = await redis.attempt((client) => client.eval(CHARGE, 1, keyOf(budgetKey), ...given));
    return answer as [number, string] | null;
  }
  return {
    async take(budgetKey, cost) {
      const answer = await run(budgetKey, cost, false);
      return answer && takingOf(answer[0] === 1, Number(answer[1]), cost, size);
    },
    async charge(budgetKey, cost) {
      await run(budgetKey, cost, true);
    },
  };
}

/** Hashed: it may hold an address or a token's subject, and is as long as whoever made the token likes. */
function keyOf(budgetKey: string): string {
  return `omsx:budget:${createHash('sha256').update(budgetKey).digest('base64url')}`;
}
