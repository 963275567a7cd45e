import { checkDeliveries, type Delivery } from './checkDeliveries.ts';

const committed: readonly Delivery[] = [
  { id: 'a', version: 1 },
  { id: 'b', version: 1 },
  { id: 'a', version: 2 },
  { id: 'a', version: 3 },
  { id: 'b', version: 2 },
];

const without = (index: number): Delivery[] => committed.filter((_, place) => place !== index);

/** The kinds of fault found, each once. */
function kindsFor(received: readonly Delivery[]): readonly string[] {
  return [...new Set(checkDeliveries(committed, received).map((fault) => fault.kind))];
}

test('a history that has each version once and in order is without fault', () => {
  expect(checkDeliveries(committed, committed)).toEqual([]);
});

test.each(committed.map((_, index) => index))('a lost version is reported, wherever it was (%i)', (index) => {
  expect(kindsFor(without(index))).toEqual(['LOST_VERSION']);
});

test.each(committed.map((_, index) => index))('a doubled version is reported (%i)', (index) => {
  expect(kindsFor([...committed, committed[index] as Delivery])).toEqual(['DOUBLED_VERSION']);
});

test.each([0, 1, 2, 3])('two versions that changed places are reported (%i)', (index) => {
  const swapped = [...committed];
  swapped.splice(index, 2, committed[index + 1] as Delivery, committed[index] as Delivery);
  expect(kindsFor(swapped)).toEqual(['REORDERED_VERSION']);
});

test('a version that nobody committed is reported', () => {
  expect(kindsFor([...committed, { id: 'a', version: 4 }])).toEqual(['UNKNOWN_VERSION']);
});

test('a lost version is found behind a doubled one that makes up the number', () => {
  const received = without(1);
  received.push(committed[0] as Delivery);
  expect(kindsFor(received)).toEqual(['DOUBLED_VERSION', 'LOST_VERSION']);
});
