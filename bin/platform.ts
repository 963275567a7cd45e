/** The servers that the platform runs on. */
export type PlatformUrls = {
  readonly databaseUrl: string;
  /** Undefined: no Redis; feeds then read the outbox itself. */
  readonly redisUrl?: string;
  /** Where to keep credentials and other state of this installation. */
  readonly dataFolder: string;
};

export type RunningPlatform = {
  readonly graphqlUrl: string;
  readonly wsUrl: string;
  /** Takes no new work, ends what is under way, closes sockets and pools. */
  stop(): Promise<void>;
};

export type Role = 'router' | 'accounts' | 'wallets' | 'payments' | 'worker';

/** Router, subgraphs and workers in this process. */
export function startPlatform(_urls: PlatformUrls): Promise<RunningPlatform> {
  return Promise.reject(new Error('not wired yet'));
}

/** One role in this process; the others run elsewhere on the same servers. */
export function startRole(_role: Role, _urls: PlatformUrls): Promise<{ stop(): Promise<void> }> {
  return Promise.reject(new Error('not wired yet'));
}
