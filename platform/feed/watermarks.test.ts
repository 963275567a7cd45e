import type { Positioned } from './outboxRows.ts';
import { shardExpression, shardOf } from './shard.ts';
import { decodeEntry, encodeEntry, streamId } from './streamEntry.ts';
import { Watermarks } from './watermarks.ts';

const START = { xid: 10n, seq: 0n };
const ORGANIZATION = '018f0000-0000-7000-8000-0000000000a3';

function at(xid: bigint, seq: bigint): Positioned {
  return { position: { xid, seq }, event: { organizationId: ORGANIZATION } as Positioned['event'] };
}

test('an event passes once, and none that is at or before one that passed', () => {
  const marks = new Watermarks(8, START);
  expect(
    [at(11n, 5n), at(11n, 5n), at(11n, 4n), at(10n, 9n), at(12n, 1n)].map((live) => marks.pass(live)),
  ).toEqual([true, false, false, false, true]);
});

test('a mark is raised and never lowered, and other shards keep theirs', () => {
  const marks = new Watermarks(8, START);
  const shard = shardOf(ORGANIZATION, 8);
  marks.raise(shard, { xid: 20n, seq: 0n });
  marks.raise(shard, { xid: 15n, seq: 0n });
  expect(marks.of(shard)).toEqual({ xid: 20n, seq: 0n });
  expect(marks.of((shard + 1) % 8)).toEqual(START);
});

test('the shard is the last byte of the uuid, in SQL as well', () => {
  expect(shardOf(ORGANIZATION, 256)).toBe(0xa3);
  expect(shardExpression('$1')).toContain('get_byte(uuid_send(organization_id), 15)');
});

test('an entry is read as it was written, and what is none of ours is told apart', () => {
  const { event, position } = at(11n, 5n);
  expect(decodeEntry(streamId(position), encodeEntry(event, START))).toEqual({
    event,
    position,
    prev: START,
  });
  expect(decodeEntry('11-5', ['x', 'y'])).toBeNull();
  expect(decodeEntry('11', encodeEntry(event, START))).toBeNull();
});
