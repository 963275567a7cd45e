import { createNameIndex } from '../rails/screening/names/nameIndex.ts';

/** How much of a processor a name takes against a list of 100,000 entries: `npx tsx scripts/measureScreening.ts` (docs/screening.md). */
const ENTRIES = 100_000;
const WORDS = 60_000;
/** Words that a third of all names draw from, as first names are. */
const COMMON_WORDS = 500;
const ASKED = 500;
const THRESHOLD = 85;
const SYLLABLES =
  'ka ro mi ve lo sta dri na be shi tor al en ov ich man der son wi la po ru gan hel mar tin jo se fa bi ya cor'.split(
    ' ',
  );

let seed = 7;
/** The same numbers each time, below `below`. */
function random(below: number): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}

const word = (): string =>
  Array.from({ length: 2 + random(3) }, () => SYLLABLES[random(SYLLABLES.length)]).join('');
const words = Array.from({ length: WORDS }, word);
const pick = (): string => words[random(random(3) === 0 ? COMMON_WORDS : WORDS)] ?? '';

const index = createNameIndex<number>();
const begunMs = performance.now();
for (let entry = 0; entry < ENTRIES; entry++) {
  index.add(entry, `${pick()} ${pick()} ${random(2) === 0 ? pick() : ''}`);
  if (entry % 2 === 1) index.add(entry, `${pick()} ${pick()}`);
}
const builtMs = performance.now() - begunMs;
const asked = Array.from({ length: ASKED }, () => `${word()} ${word()} ${random(2) === 0 ? pick() : ''}`);
const tookMs = asked
  .map((name) => {
    const from = process.cpuUsage();
    index.find(name, THRESHOLD);
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1_000;
  })
  .sort((a, b) => a - b);
const at = (part: number): string => (tookMs[Math.floor(part * (ASKED - 1))] ?? 0).toFixed(1);
process.stdout.write(
  `${ENTRIES} entries, ${new Set(words).size} words: built in ${builtMs.toFixed(0)} ms; ` +
    `a name ${at(0.5)} ms of a processor in the median, ${at(0.95)} ms at the 95th percentile, ${at(0.99)} at the 99th\n`,
);
