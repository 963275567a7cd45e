import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { createOverrides, labelsOf } from '../../../router/supergraph/overrides.ts';
import { readSupergraph } from '../../../router/supergraph/read.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override"])`;
const { supergraphSdl } = composeServices([
  {
    name: 'old',
    url: 'http://old',
    typeDefs: parse(`${LINK} type Query { a: A } type A @key(fields: "id") { id: ID! x: Int y: Int z: Int }`),
  },
  {
    name: 'new',
    url: 'http://new',
    typeDefs:
      parse(`${LINK} type A @key(fields: "id") { id: ID! x: Int @override(from: "old", label: "percent(30)")
      y: Int @override(from: "old", label: "night") z: Int @override(from: "old", label: "percent(0)") }`),
  },
]);
const supergraph = readSupergraph(String(supergraphSdl));

test('labels are those of the fields that are being moved', () => {
  expect([...labelsOf(supergraph)].sort()).toEqual(['night', 'percent(0)', 'percent(30)']);
});

test('a share of callers is moved, always the same ones, and named labels for everyone', () => {
  const overrides = createOverrides(supergraph, new Set(['night', 'unknown']));
  const moved = Array.from({ length: 2_000 }, (_, index) => overrides(`caller ${index}`));
  expect(moved.every((labels) => labels.has('night'))).toBe(true);
  expect(moved.some((labels) => labels.has('percent(0)') || labels.has('unknown'))).toBe(false);
  const share = moved.filter((labels) => labels.has('percent(30)')).length / moved.length;
  expect(share).toBeGreaterThan(0.25);
  expect(share).toBeLessThan(0.35);
  expect(overrides('caller 7')).toEqual(overrides('caller 7'));
  expect(createOverrides(supergraph, new Set())('caller 1').has('night')).toBe(false);
});
