import type { DocumentNode } from 'graphql';
import type { Outage } from '../../errors.ts';
import type { EntityFetch } from '../plan/plan.ts';
import { addSubgraphError, addUnavailable, type ResponsePath } from './fault.ts';
import type { FetchKit } from './kit.ts';
import { isFull, type Run, type Step } from './run.ts';
import { type Answer, isOutage, type Reply, Sender } from './send.ts';
import type { EntityTargets, Gathered } from './targets.ts';

/** Representations in one variable of one request; more go into further requests at the same time. */
export const REPRESENTATIONS_MAX = 1_000;

/** Asks a subgraph for more about entities, each distinct one once. */
export class EntitiesStep {
  readonly #sender: Sender;
  readonly #groups: readonly EntityTargets[];
  readonly #kit: FetchKit;

  constructor(fetch: EntityFetch, document: DocumentNode, groups: readonly EntityTargets[], kit: FetchKit) {
    this.#sender = new Sender(fetch, document, kit);
    this.#groups = groups;
    this.#kit = kit;
  }

  readonly run: Step = (run) => {
    const gathered = this.#groups.map((group) => group.gather(run.data));
    let longest = 0;
    for (const { representations } of gathered) longest = Math.max(longest, representations.length);
    if (longest === 0) return undefined;
    if (longest <= REPRESENTATIONS_MAX) return this.#ask(run, gathered, 0);
    const asked: Promise<void>[] = [];
    for (let from = 0; from < longest; from += REPRESENTATIONS_MAX)
      asked.push(this.#ask(run, gathered, from));
    return Promise.all(asked).then(() => undefined);
  };

  /** Of each group, the representations from `from` on, as many as one request takes. */
  #ask(run: Run, gathered: readonly Gathered[], from: number): Promise<void> {
    const variables = this.#sender.variablesOf(run);
    for (let index = 0; index < gathered.length; index++) {
      const { representations } = gathered[index] as Gathered;
      const isWhole = from === 0 && representations.length <= REPRESENTATIONS_MAX;
      variables[(this.#groups[index] as EntityTargets).variable] = isWhole
        ? representations
        : representations.slice(from, from + REPRESENTATIONS_MAX);
    }
    return this.#sender.send(run, variables).then((answer) => this.#take(run, answer, gathered, from));
  }

  #take(run: Run, answer: Reply, gathered: readonly Gathered[], from: number): void {
    if (isOutage(answer)) {
      this.#miss(run, answer, { gathered, groups: this.#groups, from });
      return;
    }
    if (answer.errors.length > 0) this.#tell(run, answer, gathered, from);
    if (answer.data === null) return;
    for (let index = 0; index < gathered.length; index++) {
      const group = this.#groups[index] as EntityTargets;
      const own = gathered[index] as Gathered;
      const expected = Math.min(Math.max(own.representations.length - from, 0), REPRESENTATIONS_MAX);
      const entities = answer.data[group.responseKey];
      if (Array.isArray(entities) && entities.length === expected) group.add(own, entities, from);
      // A null here was told by an error already.
      else if (expected > 0 && !(entities === null && answer.errors.length > 0)) {
        const outage = this.#sender.refuse(run, `expected ${expected} entities in ${group.responseKey}`);
        this.#miss(run, outage, { gathered: [own], groups: [group], from });
      }
    }
  }

  #miss(
    run: Run,
    outage: Outage,
    asked: {
      readonly gathered: readonly Gathered[];
      readonly groups: readonly EntityTargets[];
      readonly from: number;
    },
  ): void {
    const { gathered, groups, from } = asked;
    const paths: ResponsePath[] = [];
    for (let index = 0; index < groups.length; index++) {
      for (const [at, places] of (groups[index] as EntityTargets).places(run, gathered[index] as Gathered)) {
        if (at >= from && at < from + REPRESENTATIONS_MAX) paths.push(...places);
      }
    }
    addUnavailable(run, this.#kit, { subgraph: this.#sender.subgraph, outage, paths });
  }

  #tell(run: Run, answer: Answer, gathered: readonly Gathered[], from: number): void {
    const located = new Map<EntityTargets, ReadonlyMap<number, readonly ResponsePath[]>>();
    for (const error of answer.errors) {
      if (isFull(run)) return;
      const [key, at, ...rest] = Array.isArray(error.path) ? error.path : [];
      const index = this.#groups.findIndex((group) => group.responseKey === key);
      const group = this.#groups[index];
      let paths: readonly ResponsePath[] = [];
      if (group !== undefined && typeof at !== 'number') paths = group.before();
      else if (group !== undefined) {
        const places = located.get(group) ?? group.places(run, gathered[index] as Gathered);
        located.set(group, places);
        const below = group.renamed(rest);
        paths = (places.get(from + Number(at)) ?? []).map((place) => [...place, ...below]);
      }
      addSubgraphError(run, this.#kit, { subgraph: this.#sender.subgraph, error, paths });
    }
  }
}
