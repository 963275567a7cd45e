import { Counter, type Registry } from 'prom-client';
import { type BankProvider, ProviderSilentError } from '../provider.ts';

const UNREGISTERED: { readonly registers: Registry[] } = { registers: [] };

/** What one process counts of its dealings with banks; docs/metrics.md says what to alert on. */
export class BankMeters {
  readonly #submissions = new Counter({
    name: 'omsx_bank_submissions_total',
    help: 'Orders that were handed over by a call, by what came of it',
    labelNames: ['adapter', 'outcome'],
    ...UNREGISTERED,
  });
  readonly #callbacks = new Counter({
    name: 'omsx_bank_callbacks_total',
    help: 'Callbacks by the status that they were answered with',
    labelNames: ['status'],
    ...UNREGISTERED,
  });
  readonly #written = new Counter({
    name: 'omsx_bank_files_written_total',
    help: 'Files for banks, by whether they are in the folder',
    labelNames: ['adapter', 'outcome'],
    ...UNREGISTERED,
  });
  readonly #read = new Counter({
    name: 'omsx_bank_files_read_total',
    help: 'Files of banks, by DONE or the reason for which they were refused',
    labelNames: ['adapter', 'outcome'],
    ...UNREGISTERED,
  });

  callback(status: number): void {
    this.#callbacks.inc({ status: String(status) });
  }

  /** @param outcome WRITTEN, or the fault */
  fileWritten(adapter: string, outcome: string): void {
    this.#written.inc({ adapter, outcome });
  }

  /** @param outcome DONE, or the reason */
  fileRead(adapter: string, outcome: string): void {
    this.#read.inc({ adapter, outcome });
  }

  /** The same provider, whose hand-overs are counted. */
  counting(provider: BankProvider): BankProvider {
    const adapter = provider.code;
    return {
      ...provider,
      submit: async (key, bytes) => {
        try {
          const answer = await provider.submit(key, bytes);
          this.#submissions.inc({ adapter, outcome: 'ANSWERED' });
          return answer;
        } catch (error) {
          const outcome = error instanceof ProviderSilentError ? 'SILENT' : 'FAULT';
          this.#submissions.inc({ adapter, outcome });
          throw error;
        }
      },
    };
  }

  register(registry: Registry): void {
    registry.registerMetric(this.#submissions);
    registry.registerMetric(this.#callbacks);
    registry.registerMetric(this.#written);
    registry.registerMetric(this.#read);
  }
}
