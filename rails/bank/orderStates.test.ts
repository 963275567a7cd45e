import { judgeFact, type OrderFactKind, type OrderState } from './orderStates.ts';

const STATES: readonly OrderState[] = [
  ...(['QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED'] as const),
  ...(['SETTLED', 'REJECTED', 'CANCELED', 'RETURNED'] as const),
];
const FACTS: readonly OrderFactKind[] = [
  'SUBMITTED',
  'ACCEPTED',
  'SETTLED',
  'REJECTED',
  'CANCELED',
  'RETURNED',
];
const LETTERS = { MOVES: 'm', KNOWN: '.', CONTRADICTS: '!' } as const;

const table = (isFinal: boolean) =>
  STATES.map(
    (state) => `${FACTS.map((fact) => LETTERS[judgeFact({ state, isFinal }, fact)]).join('')} ${state}`,
  );

test('each fact moves an order, is no news, or contradicts it', () => {
  expect(table(false)).toEqual([
    '!!!!!! QUEUED',
    'mmmmmm SUBMITTING',
    'mmmmmm UNKNOWN',
    '.mmmmm SUBMITTED',
    '..mmmm ACCEPTED',
    '...!!m SETTLED',
    '..!.!! REJECTED',
    '..!!.! CANCELED',
    '...!!. RETURNED',
  ]);
});

test('once the return window is over a return contradicts, and nothing else is judged otherwise', () => {
  const changed = table(true).filter((row, index) => row !== table(false)[index]);
  expect(changed).toEqual(['...!!! SETTLED']);
});
