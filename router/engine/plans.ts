import { Lru } from '../lru.ts';
import { conditionVariables, readConditions } from './conditions.ts';
import type { EngineRequest } from './port.ts';
import { fragmentsOf, type Prepared, type PrepareKit, prepare } from './prepare.ts';

const PREPARED_MAX = 1_000;
/** Of the texts of all that are kept. A prepared operation takes some tens of times its text. */
const KEPT_TEXTS_LENGTH_MAX = 4 * 1024 * 1024;

export type OnPlan = (plan: { readonly ms: number; readonly isHit: boolean }) => void;

type Wanted = Pick<EngineRequest, 'operation' | 'mask' | 'labels' | 'variables'>;

interface Kept {
  readonly prepared: Prepared | Promise<Prepared>;
  readonly textLength: number;
}

/** Prepared operations, by operation, mask, labels and conditions. Who asks for one that is being made waits for it. */
export class Plans {
  readonly #kit: PrepareKit;
  readonly #onPlan: OnPlan | undefined;
  readonly #prepared = new Lru<string, Kept>(PREPARED_MAX, {
    weightMax: KEPT_TEXTS_LENGTH_MAX,
    weigh: ({ textLength }) => textLength,
  });
  readonly #conditions = new WeakMap<object, readonly string[]>();

  constructor(kit: PrepareKit, onPlan: OnPlan | undefined) {
    this.#kit = kit;
    this.#onPlan = onPlan;
  }

  /**
   * @throws {PlanError} when it cannot be planned
   * @throws {GraphQLError} BAD_USER_INPUT when a variable that includes something is null
   */
  get(wanted: Wanted): Prepared | Promise<Prepared> {
    const { operation, mask, labels } = wanted;
    const names = this.#conditionsOf(wanted);
    const conditions = readConditions(names, wanted.variables);
    let key = operation.hash;
    if (operation.name !== undefined) key += ` ${operation.name}`;
    for (const value of conditions.values()) key += value ? '+' : '-';
    if (mask !== null) key += `\0mask ${mask.key}`;
    if (labels.size > 0) key += `\0labels ${[...labels].sort().join('\0')}`;
    const known = this.#prepared.get(key);
    if (known !== undefined) {
      this.#onPlan?.({ ms: 0, isHit: true });
      return known.prepared;
    }
    const textLength = operation.text.length;
    const startedAtMs = performance.now();
    const preparing = prepare(this.#kit, { operation, mask, labels, conditions }).then(
      (prepared) => {
        this.#prepared.set(key, { prepared, textLength });
        this.#onPlan?.({ ms: performance.now() - startedAtMs, isHit: false });
        return prepared;
      },
      (error: unknown) => {
        this.#prepared.delete(key);
        throw error;
      },
    );
    this.#prepared.set(key, { prepared: preparing, textLength });
    return preparing;
  }

  #conditionsOf({ operation }: Wanted): readonly string[] {
    const known = this.#conditions.get(operation);
    if (known !== undefined) return known;
    const names = conditionVariables(operation.definition, fragmentsOf(operation));
    this.#conditions.set(operation, names);
    return names;
  }
}
