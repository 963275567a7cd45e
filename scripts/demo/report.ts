/** One line of the payroll and what became of it. */
export type Fate =
  | { readonly kind: 'PAID' }
  | { readonly kind: 'ALREADY_PAID' }
  | { readonly kind: 'REJECTED'; readonly line: number; readonly reference: string; readonly reason: string };

const BAR_WIDTH = 40;

/** Draws `[#####     ] 123/500 what` over itself on a terminal; prints every tenth elsewhere. */
export function progressBar(what: string, total: number, out: NodeJS.WriteStream): () => void {
  let done = 0;
  return () => {
    done++;
    if (!out.isTTY && done % Math.max(1, Math.ceil(total / 10)) !== 0 && done !== total) return;
    const filled = Math.round((done / total) * BAR_WIDTH);
    const bar = `[${'#'.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${String(done).padStart(String(total).length)}/${total} ${what}`;
    out.write(out.isTTY ? `\r${bar}${done >= total ? '\n' : ''}` : `${bar}\n`);
  };
}

/** The value below which `share` of the sorted sample lies. */
export function percentile(sample: readonly number[], share: number): number | null {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

export function renderReport(
  fates: readonly Fate[],
  latenciesMs: readonly number[],
  balance: string,
  checks: string,
): string {
  const rejected = fates.filter((fate) => fate.kind === 'REJECTED');
  const count = (kind: Fate['kind']): string => String(fates.filter((fate) => fate.kind === kind).length);
  const latency = (share: number): string => {
    const value = percentile(latenciesMs, share);
    return value === null ? 'nothing to notify' : `${value} ms`;
  };
  const rows: readonly (readonly [string, string])[] = [
    ['paid', count('PAID')],
    ['paid by an earlier run', count('ALREADY_PAID')],
    ['rejected', String(rejected.length)],
    ...rejected.map((fate): [string, string] => [`  line ${fate.line} ${fate.reference}`, fate.reason]),
    ['seen on the WebSocket', String(latenciesMs.length)],
    ['commit to notification, p50', latency(0.5)],
    ['commit to notification, p99', latency(0.99)],
    ['left in the treasury', balance],
    ['ledger check', checks],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
