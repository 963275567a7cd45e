import { type FileHandle, open, readFile, rename, stat } from 'node:fs/promises';

const logBytesMax = 16 * 1024 * 1024;
const shownLinesMax = 3;

/** A server's log opened for appending; `startOffset` is where this run's part begins, in bytes. */
export type ServerLog = { readonly handle: FileHandle; readonly startOffset: number };

/** Opens a server's log. One that has grown past 16 MiB is set aside as `<file>.1`, replacing the one before it. */
export async function openLog(file: string): Promise<ServerLog> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > logBytesMax) await rename(file, `${file}.1`);
  const handle = await open(file, 'a', 0o600);
  return { handle, startOffset: size > logBytesMax ? 0 : size };
}

/** What a server said since `startOffset`: its last complaints, or else its last lines, in one line of text. */
export async function lastLogLines(file: string, startOffset: number): Promise<string> {
  const lines = (await readFile(file)).subarray(startOffset).toString('utf8').split('\n');
  const spoken = lines.filter((line) => line.trim() !== '');
  const complaints = spoken.filter((line) => /\b(FATAL|PANIC|ERROR|error|HINT|DETAIL)\b/.test(line));
  const chosen = complaints.length > 0 ? complaints : spoken;
  return chosen
    .slice(-shownLinesMax)
    .map((line) => line.replace(/^.*?\b(FATAL|PANIC|ERROR|HINT|DETAIL):\s+/, ''))
    .join(' ');
}
