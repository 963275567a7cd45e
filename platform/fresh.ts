/** Who asks within `freshMs` of another gets the same answer, so that the gauges of one scrape share one statement. */
export function fresh<Answer>(freshMs: number, read: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (answer === undefined || nowMs - readAtMs >= freshMs) {
      readAtMs = nowMs;
      answer = read();
    }
    return answer;
  };
}
