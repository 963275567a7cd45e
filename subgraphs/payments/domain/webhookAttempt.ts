/** What came of an attempt: the endpoint took it, answered something else, or was not reached. */
export type AttemptOutcome = 'DELIVERED' | 'REFUSED' | 'TIMEOUT' | 'UNREACHABLE' | 'BLOCKED';

/** An attempt as the log keeps it. */
export interface WebhookAttempt {
  readonly number: number;
  readonly startedAt: Date;
  readonly latencyMs: number;
  readonly outcome: AttemptOutcome;
  readonly statusCode: number | null;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string | null;
  readonly error: string | null;
}
