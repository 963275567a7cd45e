import type { Config } from '../platform/config.ts';
import { statement } from '../platform/statement.ts';
import type { KeyVault } from '../platform/vault/keyVault.ts';
import { startWebhooks, type Webhooks } from '../subgraphs/payments/workers/webhooks.ts';
import type { Parts } from './parts.ts';
import { openVaultFor } from './vault.ts';

const HAS_SEALED = statement(
  'payments.has_sealed',
  'select exists (select from payments.webhook_key) as "hasSealed"',
);

/** Starts sending webhooks, beside others that do. */
export async function openWebhooks(
  parts: Pick<Parts, 'config' | 'databaseUrl' | 'logger' | 'closers'>,
): Promise<Webhooks> {
  const { config, databaseUrl: url, logger, closers } = parts;
  const vault = lateVault(webhookVault(config, url));
  return closers.add(await startWebhooks({ url, vault, logger, allowsLoopback: config.webhookLoopback }));
}

/** The vault for the keys of endpoints, opened once, when the first is sealed: many deployments have none. */
export function webhookVault(config: Config, databaseUrl: string): () => Promise<KeyVault> {
  let opened: Promise<KeyVault> | undefined;
  return () => {
    opened ??= openVaultFor(config, {
      databaseUrl,
      role: 'omsx_payments_writer',
      hasSealed: HAS_SEALED,
    }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

/** A vault that is opened by whoever first asks it for something. */
function lateVault(vault: () => Promise<KeyVault>): KeyVault {
  return {
    id: 'late',
    wrap: async (dataKey, context) => await (await vault()).wrap(dataKey, context),
    unwrap: async (wrapped, context) => await (await vault()).unwrap(wrapped, context),
  };
}
