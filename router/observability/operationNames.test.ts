import { OPERATION_NAME_LENGTH_MAX, OperationNames } from './operationNames.ts';

test('once as many names have been seen as are told apart, each further one is other', () => {
  const names = new OperationNames(2);
  const labels = ['A', '__proto__', 'B', 'A', undefined].map((name) => names.labelOf({ name }));
  expect(labels).toEqual(['A', '__proto__', 'other', 'A', 'unnamed']);
});

test('a name that is too long takes no place', () => {
  const names = new OperationNames(1);
  expect(names.labelOf({ name: 'x'.repeat(OPERATION_NAME_LENGTH_MAX + 1) })).toBe('other');
  expect(names.labelOf({ name: 'A' })).toBe('A');
});
