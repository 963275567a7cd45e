import { closeSync, fdatasyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { applyRecord, emptyState, type SimulatorRecord, type SimulatorState } from './state.ts';

const OWNER_ONLY = 0o600;

/** The state of the simulated bank, and the file that it survives a crash by. */
export interface Journal {
  readonly state: SimulatorState;
  /** On disk when it returns, before anybody is told of it. */
  write(record: SimulatorRecord): void;
  close(): void;
}

/** Replays the file, which is made where it is missing. A line that a crash cut short never counted. */
export function openJournal(path: string): Journal {
  const file = openSync(path, 'a', OWNER_ONLY);
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  const state = emptyState();
  for (const line of whole.split('\n')) if (line !== '') applyRecord(state, JSON.parse(line));
  return {
    state,
    write(record) {
      writeSync(file, `${JSON.stringify(record)}\n`);
      fdatasyncSync(file);
      applyRecord(state, record);
    },
    close: () => closeSync(file),
  };
}
