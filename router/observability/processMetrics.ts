import { Gauge, type Registry } from 'prom-client';
import { LoopDelay } from './loopDelay.ts';

/**
 * The process, under the names that dashboards for Node know. Not prom-client's own set: its garbage collection
 * observer and loop monitor run all the time, and its list of handles is as long as there are sockets.
 */
export function gaugeProcess(registry: Registry, loopDelay = new LoopDelay()): void {
  const gauge = (name: string, help: string, read: () => number | null): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const value = read();
        if (value === null) this.reset();
        else this.set(value);
      },
    });
  };
  const startedAtSeconds = Math.round(Date.now() / 1_000 - process.uptime());
  gauge('process_start_time_seconds', 'When the process started, since 1970', () => startedAtSeconds);
  gauge('process_cpu_seconds_total', 'CPU time of the process', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed);
  gauge('nodejs_heap_size_total_bytes', 'Heap', () => process.memoryUsage().heapTotal);
  gauge('nodejs_external_memory_bytes', 'Memory of buffers', () => process.memoryUsage().external);
  gauge('nodejs_eventloop_lag_p50_seconds', 'Delay of the event loop since the last scrape, median', () =>
    loopDelay.seconds(50),
  );
  gauge(
    'nodejs_eventloop_lag_p99_seconds',
    'Delay of the event loop since the last scrape, 99th of 100',
    () => loopDelay.secondsAndReset(99),
  );
}
