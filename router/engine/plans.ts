import { Lru } from '../../platform/lru.ts';
import { faultType, type Span } from '../../platform/tracing.ts';
import { conditionVariables, readConditions } from './conditions.ts';
import type { EngineRequest } from './port.ts';
import { fragmentsOf, type Prepared, type PrepareKit, prepare } from './prepare.ts';

const PREPARED_MAX = 1_000;
/** Of the texts of all that are kept. A prepared operation takes some tens of times its text. */
const KEPT_TEXTS_LENGTH_MAX = 4 * 1024 * 1024;

export type OnPlan = (plan: {
  readonly ms: number;
  readonly isHit: boolean;
  /** Of a miss: it could not be planned. */
  readonly hasFailed?: boolean;
}) => void;

/** Without a caller it is planned ahead, for nobody yet. */
type Wanted = Pick<EngineRequest, 'operation' | 'mask' | 'labels' | 'variables'> &
  Partial<Pick<EngineRequest, 'caller'>>;

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

  get count(): number {
    return this.#prepared.size;
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
      const { prepared } = known;
      if (prepared instanceof Promise) noteWait(prepared, wanted.caller?.span, performance.now());
      return prepared;
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
        this.#onPlan?.({ ms: performance.now() - startedAtMs, isHit: false, hasFailed: true });
        throw error;
      },
    );
    this.#prepared.set(key, { prepared: preparing, textLength });
    noteWait(preparing, wanted.caller?.span, startedAtMs);
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

/** A plan that was not there is part of the trace of each who waits for it, whoever makes it. */
function noteWait(preparing: Promise<Prepared>, span: Span | undefined, startedAtMs: number): void {
  if (span === undefined) return;
  preparing.then(
    () => span.note('plan', startedAtMs),
    (error: unknown) => span.note('plan', startedAtMs, { 'error.type': faultType(error) }),
  );
}
