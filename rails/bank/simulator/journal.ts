import { closeSync, fdatasyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { applyRecord, emptyState, type SimulatorRecord, type SimulatorState } from './state.ts';

const OWNER_ONLY = 0o600;

/** The state of a simulated place outside, and the file that it survives a crash by. */
export interface JournalOf<State, Entry> {
  readonly state: State;
  /** On disk when it returns, before anybody is told of it. */
  write(record: Entry): void;
  close(): void;
}

/** Of the simulated bank. */
export type Journal = JournalOf<SimulatorState, SimulatorRecord>;

export function openJournal(path: string): Journal {
  return openJournalOf(path, emptyState(), applyRecord);
}

/** Replays the file, which is made where it is missing. A line that a crash cut short never counted. */
export function openJournalOf<State, Entry>(
  path: string,
  state: State,
  apply: (state: State, record: Entry) => void,
): JournalOf<State, Entry> {
  const file = openSync(path, 'a', OWNER_ONLY);
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  for (const line of whole.split('\n')) if (line !== '') apply(state, JSON.parse(line));
  return {
    state,
    write(record) {
      writeSync(file, `${JSON.stringify(record)}\n`);
      fdatasyncSync(file);
      apply(state, record);
    },
    close: () => closeSync(file),
  };
}
