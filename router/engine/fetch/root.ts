import type { DocumentNode, ExecutionResult } from 'graphql';
import type { TransportRequest } from '../../transport/port.ts';
import type { RootFetch } from '../plan/plan.ts';
import { addSubgraphError, addUnavailable, type ResponsePath } from './fault.ts';
import type { FetchKit } from './kit.ts';
import { copy, merge, type Shape } from './merge.ts';
import { ObjectPath } from './path.ts';
import type { Raw } from './raw.ts';
import { compileRewrites, type Rewriter, renamed, renamesOf } from './rewrite.ts';
import { isFull, type Run, type Step } from './run.ts';
import { type Answer, isOutage, type Reply, Sender } from './send.ts';

/** Asks a root type, and adds the answer to the root or to the objects that a field gave for it. */
export class RootStep {
  readonly sender: Sender;
  readonly #path: ObjectPath;
  readonly #isAtRoot: boolean;
  readonly #shape: Shape;
  readonly #names: readonly string[];
  readonly #rewriter: Rewriter | null;
  readonly #renames: () => ReadonlyMap<string, string>;
  readonly #kit: FetchKit;

  constructor(
    fetch: RootFetch,
    document: DocumentNode,
    shape: Shape,
    names: readonly string[],
    kit: FetchKit,
  ) {
    this.sender = new Sender(fetch, document, kit);
    this.#path = new ObjectPath(fetch.path, kit.types);
    this.#isAtRoot = fetch.path.length === 0;
    this.#shape = shape;
    this.#names = names;
    this.#rewriter = compileRewrites(fetch.outputRewrites, kit.types, shape);
    this.#renames = renamesOf(fetch.outputRewrites, document, kit.names);
    this.#kit = kit;
  }

  readonly run: Step = (run) => this.ask(run);

  ask(run: Run, event?: TransportRequest['event']): Promise<void> | undefined {
    const targets = this.#isAtRoot ? [run.data] : this.#path.collect(run.data);
    if (targets.length === 0) return undefined;
    return this.sender
      .send(run, this.sender.variablesOf(run), event)
      .then((reply) => this.#take(run, reply, targets));
  }

  /** For an answer that came by itself. It stays as it is: other operations may get the same one. */
  receive(run: Run, result: ExecutionResult): void {
    const reply = this.sender.receive(run, result);
    const own = isOutage(reply) ? reply : { ...reply, data: copy(reply.data, this.#shape) };
    this.#take(run, own, [run.data]);
  }

  #take(run: Run, answer: Reply, targets: readonly Raw[]): void {
    if (isOutage(answer)) {
      const paths = this.#places(run, targets).flatMap((place) =>
        this.#names.map((name) => [...place, name]),
      );
      addUnavailable(run, this.#kit, { subgraph: this.sender.subgraph, outage: answer, paths });
      return;
    }
    if (answer.errors.length > 0) this.#tell(run, answer, targets);
    if (answer.data === null) return;
    this.#rewriter?.(answer.data);
    for (let index = 0; index < targets.length; index++) {
      const source = index === 0 || this.#shape.size === 0 ? answer.data : copy(answer.data, this.#shape);
      merge(targets[index] as Raw, source, this.#shape, this.#kit.types);
    }
  }

  #tell(run: Run, answer: Answer, targets: readonly Raw[]): void {
    const places = this.#places(run, targets);
    for (const error of answer.errors) {
      if (isFull(run)) return;
      const { path } = error;
      const below = Array.isArray(path) ? renamed(path, this.#renames()) : null;
      const paths = below === null ? [] : places.map((place) => [...place, ...below]);
      addSubgraphError(run, this.#kit, { subgraph: this.sender.subgraph, error, paths });
    }
  }

  #places(run: Run, targets: readonly Raw[]): readonly ResponsePath[] {
    return this.#isAtRoot ? [[]] : this.#path.locate(run.data, targets);
  }
}
