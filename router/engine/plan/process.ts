import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { ApiError } from '../../../platform/errors.ts';
import { projectRoot } from '../../../platform/paths.ts';
import { PlanError } from './plan.ts';

export type PlannerKind = 'hive' | 'apollo';

/** What an operation is asked to be planned with. */
export interface PlanQuery {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly labels: ReadonlySet<string>;
}

/** A supergraph that the planner process holds. */
export interface OpenedPlanner {
  /**
   * The plan as the planner's own package describes it.
   *
   * @throws {PlanError} when it cannot be planned
   * @throws {ApiError} OVERLOADED when too many wait already
   * @throws {PlannerGoneError} when the process ended meanwhile; it starts again by itself with the next operation
   */
  plan(query: PlanQuery): Promise<unknown>;
  close(): void;
}

/** The planner process ended or was ended while it planned. */
export class PlannerGoneError extends Error {
  override readonly name = 'PlannerGoneError';
}

const SCRIPT = join(projectRoot, 'router', 'engine', 'plan', 'plannerProcess.mjs');
const REPLY_TIMEOUT_MS = 10_000;
/** A cold plan is a fraction of a millisecond with Hive's planner; more waiting ones than this are an attack. */
export const PENDING_MAX = 5_000;
const TOO_MANY = 'Too many operations wait to be planned; nothing happened, retry later.';
const STDERR_LENGTH_MAX = 2_000;
/** Without a supergraph to plan for. A reload or the next test then finds it running. */
const LINGER_MS = 2_000;
/** Apollo's planner was seen to fill 4 GB with the plans of one operation of 500 characters. */
const HEAP_MAX_MB = 1_024;
const START_ARGUMENTS = ['--max-semi-space-size=4', `--max-old-space-size=${HEAP_MAX_MB}`, '--expose-gc'];

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly fault?: string;
}

type Message =
  | { readonly kind: 'OPEN'; readonly key: number; readonly planner: PlannerKind; readonly sdl: string }
  | { readonly kind: 'CLOSE'; readonly key: number }
  | {
      readonly kind: 'PLAN';
      readonly key: number;
      readonly query: string;
      readonly operationName: string | null;
      readonly labels: readonly string[];
    };

/** One run of the process, from its start to its end. */
class PlannerRun {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  /** Keys of the supergraphs that this run holds, with the reply to their OPEN. */
  readonly opened = new Map<number, Promise<unknown>>();
  #ids = 0;
  #stderr = '';
  /** Of the message that the process works on, as it takes them in turn: those behind it do not pay for their wait. */
  #timer: NodeJS.Timeout | undefined;
  hasEnded = false;

  constructor() {
    // Without our environment: it needs none of the secrets there.
    this.#child = fork(SCRIPT, [], {
      execArgv: START_ARGUMENTS,
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(0, STDERR_LENGTH_MAX);
    });
    this.#child.on('message', (reply) => this.#settle(reply as Reply));
    this.#child.once('error', (error) => this.#end(error.message));
    this.#child.once('exit', (code, signal) => this.#end(`it ended with ${signal ?? code}`));
    (this.#child.stderr as { unref?(): void } | null)?.unref?.();
    this.#hold(false);
  }

  send(message: Message): Promise<unknown> {
    if (this.hasEnded) return Promise.reject(new PlannerGoneError('the planner process has ended'));
    if (this.#pending.size >= PENDING_MAX) {
      return Promise.reject(new ApiError('OVERLOADED', TOO_MANY));
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#ids;
      this.#pending.set(id, { resolve, reject });
      if (this.#pending.size === 1) this.#restartTimer();
      this.#hold(true);
      this.#child.send({ ...message, id }, (error) => {
        if (error) this.#end(error.message);
      });
    });
  }

  end(): void {
    this.#child.kill('SIGKILL');
    this.#end('it was closed');
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    this.#restartTimer();
    if (this.#pending.size === 0) this.#hold(false);
    if (reply.fault === undefined) pending.resolve(reply.value);
    else pending.reject(new PlanError(reply.fault));
  }

  #end(how: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.#timer);
    for (const { reject } of this.#pending.values()) {
      reject(new PlannerGoneError(`the planner process is gone: ${how} ${this.#stderr}`.trim()));
    }
    this.#pending.clear();
  }

  #restartTimer(): void {
    clearTimeout(this.#timer);
    if (this.#pending.size > 0)
      this.#timer = setTimeout(() => this.#child.kill('SIGKILL'), REPLY_TIMEOUT_MS).unref();
  }

  /**
   * Whoever waits for a plan is kept running until it is there, or until the process is known to have ended, which is
   * told later than that its channel is closed. Otherwise neither the process nor its pipes keep ours running.
   */
  #hold(isHeld: boolean): void {
    const method = isHeld ? 'ref' : 'unref';
    this.#child[method]();
    this.#child.channel?.[method]();
  }
}

/**
 * One process for each planner, shared by all engines here, such as those before and after a reload. A planner that is
 * stuck or gone does not hold up the other.
 */
const runs = new Map<PlannerKind, PlannerRun>();
const held = new Map<number, PlannerKind>();
let keys = 0;

function runOf(planner: PlannerKind): PlannerRun {
  const running = runs.get(planner);
  if (running !== undefined && !running.hasEnded) return running;
  const started = new PlannerRun();
  runs.set(planner, started);
  return started;
}

function endWhenIdle(planner: PlannerKind): void {
  if ([...held.values()].includes(planner)) return;
  runs.get(planner)?.end();
  runs.delete(planner);
}

/**
 * Has the planner process read a supergraph, and starts it first when it does not run.
 *
 * @throws {PlanError} when the planner cannot be loaded here, or refuses the supergraph
 * @throws {PlannerGoneError} when the process ended meanwhile
 */
export async function openInProcess(planner: PlannerKind, sdl: string): Promise<OpenedPlanner> {
  const key = ++keys;
  held.set(key, planner);

  /** A process that was started again has to read the supergraph again. */
  function open(own: PlannerRun): Promise<unknown> {
    const known = own.opened.get(key);
    if (known !== undefined) return known;
    const opening = own.send({ kind: 'OPEN', key, planner, sdl });
    own.opened.set(key, opening);
    opening.catch(() => own.opened.delete(key));
    return opening;
  }

  function close(): void {
    if (!held.delete(key)) return;
    const run = runs.get(planner);
    if (run?.opened.delete(key)) run.send({ kind: 'CLOSE', key }).catch(() => undefined);
    setTimeout(endWhenIdle, LINGER_MS, planner).unref();
  }

  try {
    await open(runOf(planner));
  } catch (error) {
    close();
    throw error;
  }
  return {
    async plan({ query, operationName = null, labels }) {
      if (!held.has(key)) throw new PlanError('this planner was closed');
      const own = runOf(planner);
      const opening = open(own);
      // Messages keep their order, so the second need not wait for the answer to the first.
      const planning = own.send({ kind: 'PLAN', key, query, operationName, labels: [...labels] });
      const [opened, planned] = await Promise.allSettled([opening, planning]);
      if (opened.status === 'rejected') throw opened.reason;
      if (planned.status === 'rejected') throw planned.reason;
      return planned.value;
    },
    close,
  };
}
