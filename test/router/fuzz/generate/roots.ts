import { abstractAt } from './abstract.ts';
import { type Draft, type FieldDraft, fieldDraft, type Home, wrap } from './draft.ts';
import { argumentDrafts } from './inputs.ts';
import { leaf } from './objects.ts';

const QUERIES_MAX = 4;
const MUTATIONS_MAX = 2;

/** Root fields of each subgraph, some shared among several. */
export function addRoots(draft: Draft): void {
  const { random } = draft;
  for (const home of draft.homes) {
    const queries = random.between(1, QUERIES_MAX);
    for (let at = 0; at < queries; at++) {
      draft.query.push(root(draft, home, `q${home}${at}`, { list: 0.35, nonNull: 0.1 }));
    }
    const mutations = random.chance(0.4) ? random.between(1, MUTATIONS_MAX) : 0;
    for (let at = 0; at < mutations; at++) {
      draft.mutation.push(root(draft, home, `m${home}${at}`, { list: 0.2, nonNull: 0.1 }));
    }
  }
  if (random.chance(0.5)) draft.query.push(sharedRoot(draft));
}

function root(
  draft: Draft,
  home: Home,
  name: string,
  chances: { list: number; nonNull: number },
): FieldDraft {
  const { random } = draft;
  const objects = draft.objects.filter((one) => !one.isEntity || one.keys.has(home) || random.chance(0.2));
  const bases = [...objects.map((one) => one.name), ...abstractAt(draft, home), ...abstractAt(draft, home)];
  const base = random.chance(0.85) ? random.pick(bases) : leaf(draft);
  return { ...fieldDraft(name, wrap(random, base, chances), [home]), args: argumentDrafts(draft, 0.35) };
}

function sharedRoot(draft: Draft): FieldDraft {
  const { random } = draft;
  const homes = random.sample(draft.homes, random.between(2, draft.homes.length));
  const objects = draft.objects.filter((one) => !one.isEntity || homes.every((home) => one.keys.has(home)));
  const base = random.maybe(objects)?.name ?? leaf(draft);
  return {
    ...fieldDraft('qs', wrap(random, base, { list: 0.3, nonNull: 0.1 }), homes),
    args: argumentDrafts(draft, 0.3),
  };
}
