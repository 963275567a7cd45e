import type { DocumentNode } from 'graphql';
import type { EntityGroup } from '../plan/plan.ts';
import type { ResponsePath } from './fault.ts';
import type { FetchKit } from './kit.ts';
import { copy, merge, type Shape } from './merge.ts';
import { ObjectPath } from './path.ts';
import { isRaw, type Raw } from './raw.ts';
import { Representations, Representer } from './represent.ts';
import { compileRewrites, type Rewriter, renamed, renamesOf } from './rewrite.ts';
import type { Run } from './run.ts';

/** What one group asks for in one run. */
export interface Gathered {
  /** Distinct. */
  readonly representations: readonly Raw[];
  /** By path of the group: the objects found there, and which representation each of them has. */
  readonly found: readonly Found[];
}

interface Found {
  readonly targets: readonly Raw[];
  readonly indexes: readonly number[];
}

/** What is known of the fetch that a group is part of. */
export interface GroupFetch {
  readonly subgraph: string;
  readonly document: DocumentNode;
  /** Of the group's entities. */
  readonly shape: Shape;
  /** Objects below an entity are written by this group alone, so equal entities may share them. */
  readonly isShared: boolean;
}

/** One `_entities` field: where its entities stand, how they are asked for, and how the answer is added to them. */
export class EntityTargets {
  readonly variable: string;
  readonly responseKey: string;
  readonly #paths: readonly ObjectPath[];
  readonly #representer: Representer;
  readonly #rewriter: Rewriter | null;
  readonly #renames: () => ReadonlyMap<string, string>;
  readonly #shape: Shape;
  readonly #isShared: boolean;
  readonly #kit: FetchKit;

  constructor(group: EntityGroup, fetch: GroupFetch, kit: FetchKit) {
    const { subgraph, shape, isShared } = fetch;
    this.variable = group.variable;
    this.responseKey = group.responseKey;
    this.#paths = group.paths.map((path) => new ObjectPath(path, kit.types));
    this.#representer = new Representer(group, subgraph, kit);
    this.#rewriter = compileRewrites(group.outputRewrites, kit.types, shape);
    this.#renames = renamesOf(group.outputRewrites, fetch.document, kit.names);
    this.#shape = shape;
    this.#isShared = isShared;
    this.#kit = kit;
  }

  gather(data: Raw): Gathered {
    const representations = new Representations();
    const found: Found[] = [];
    for (const path of this.#paths) {
      const targets: Raw[] = [];
      const indexes: number[] = [];
      for (const object of path.collect(data)) {
        const index = this.#representer.represent(object, representations);
        if (index < 0) continue;
        targets.push(object);
        indexes.push(index);
      }
      found.push({ targets, indexes });
    }
    return { representations: representations.values, found };
  }

  /** Merges the answers for the representations from `from` on into every object that they are of. */
  add(gathered: Gathered, entities: readonly unknown[], from: number): void {
    if (this.#rewriter !== null) this.#rewrite(gathered, entities, from);
    const isCopied = !this.#isShared && this.#shape.size > 0;
    const used: Set<number> | null = isCopied ? new Set() : null;
    for (const { targets, indexes } of gathered.found) {
      for (let at = 0; at < targets.length; at++) {
        const index = (indexes[at] as number) - from;
        const entity = entities[index];
        if (!isRaw(entity)) continue;
        let source = entity;
        if (used !== null) {
          if (used.has(index)) source = copy(entity, this.#shape);
          else used.add(index);
        }
        merge(targets[at] as Raw, source, this.#shape, this.#kit.types);
      }
    }
  }

  /** Where the objects stand, by the index of their representation. */
  places(run: Run, gathered: Gathered): ReadonlyMap<number, readonly ResponsePath[]> {
    const places = new Map<number, ResponsePath[]>();
    for (let path = 0; path < gathered.found.length; path++) {
      const { targets, indexes } = gathered.found[path] as Found;
      const located = (this.#paths[path] as ObjectPath).locate(run.data, targets);
      for (let at = 0; at < targets.length; at++) {
        const index = indexes[at] as number;
        const known = places.get(index);
        if (known === undefined) places.set(index, [located[at] as ResponsePath]);
        else known.push(located[at] as ResponsePath);
      }
    }
    return places;
  }

  /** The path of an error below an entity, by planned names. */
  renamed(path: ResponsePath): ResponsePath {
    return renamed(path, this.#renames());
  }

  /** Where all the objects are below. */
  before(): readonly ResponsePath[] {
    return this.#paths.map((path) => path.beforeLists);
  }

  /** Rewrites look at types, which an answer leaves out where the request has told them. */
  #rewrite(gathered: Gathered, entities: readonly unknown[], from: number): void {
    const typeNames = new Map<number, unknown>();
    for (const { targets, indexes } of gathered.found) {
      for (let at = 0; at < targets.length; at++) {
        typeNames.set((indexes[at] as number) - from, targets[at]?.__typename);
      }
    }
    for (let index = 0; index < entities.length; index++) {
      const entity = entities[index];
      if (!isRaw(entity)) continue;
      entity.__typename ??= typeNames.get(index);
      this.#rewriter?.(entity);
    }
  }
}
