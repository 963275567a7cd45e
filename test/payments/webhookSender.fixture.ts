import { createLogger } from '../../platform/log.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { startWebhooks } from '../../subgraphs/payments/workers/webhooks.ts';

/** A sender in a process of its own, for tests that kill it. */
const [url, keyFile] = process.argv.slice(2);
const vault = await openFileVault(String(keyFile), 'refuse');
const logger = createLogger({ level: 'silent', name: 'sender' });
await startWebhooks({ url: String(url), vault, logger, allowsLoopback: true, claimMs: 2_000 });
process.stdout.write('ready\n');
// Ends with the test that started it, however that ends.
process.stdin.resume().on('end', () => process.exit(0));
