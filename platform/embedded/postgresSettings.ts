/**
 * Settings of the embedded server, for a machine with 2 cores and a few GiB that also runs everything else. Nothing
 * here trades safety for speed: fsync, full_page_writes and synchronous_commit stay on, in tests too.
 */
const defaultSettings: Readonly<Record<string, string>> = {
  // Loopback only, with a password; no Unix socket, whose path would be limited to 107 bytes.
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',

  max_connections: '200',
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  work_mem: '8MB',
  maintenance_work_mem: '128MB',
  // Partitioned tables lock each partition; the default of 64 a connection is soon used up.
  max_locks_per_transaction: '256',

  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  wal_level: 'replica',
  min_wal_size: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',

  // Compiling costs more than our statements run.
  jit: 'off',
  random_page_cost: '1.1',

  // Small tables that are written all the time (balances, outbox) need vacuum sooner than the default.
  autovacuum_naptime: '15s',
  autovacuum_vacuum_scale_factor: '0.05',

  TimeZone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_checkpoints: 'off',
};

/** The default settings with the caller's on top. */
export function mergeSettings(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...defaultSettings, ...settings };
}

/** Settings as command line arguments: nothing is written into the data folder, so a new version's apply at once. */
export function settingsToArguments(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
