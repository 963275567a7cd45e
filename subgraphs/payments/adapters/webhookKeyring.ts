import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { KeyContext, KeyVault } from '../../../platform/vault/keyVault.ts';
import { openBytes } from '../../../platform/vault/sealedBytes.ts';
import { readWebhookKey, type WebhookKey } from '../domain/webhookSignature.ts';
import { listActiveKeys } from '../store/webhookKeys.ts';

/** A rotation takes effect within so long. */
const FRESH_MS = 2_000;
const ENDPOINTS_MAX = 2_000;

interface Entry {
  readonly id: Uuid;
  readonly key: WebhookKey;
  readonly retiresAtMs: number;
}

interface Ring {
  readonly readAtMs: number;
  readonly entries: Promise<readonly Entry[]>;
}

/** What sealed keys belong to. */
export function webhookKeyContext(keyId: Uuid, endpointId: Uuid): KeyContext {
  return { purpose: 'omsx-webhook-key', id: keyId, endpoint: endpointId };
}

/** Opened keys of endpoints, kept in memory for those that were sent to last. */
export class WebhookKeyring {
  readonly #database: Database;
  readonly #vault: KeyVault;
  readonly #rings = new Map<Uuid, Ring>();

  constructor(database: Database, vault: KeyVault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** The keys that sign for the endpoint now, the newest first. @throws {KeyVaultError} */
  async keysOf(endpointId: Uuid): Promise<readonly WebhookKey[]> {
    let ring = this.#rings.get(endpointId);
    if (ring === undefined || Date.now() - ring.readAtMs > FRESH_MS) {
      const before = ring?.entries ?? Promise.resolve([]);
      ring = { readAtMs: Date.now(), entries: this.#open(endpointId, before) };
      ring.entries.catch(() => this.#rings.delete(endpointId));
      this.#rings.delete(endpointId);
      this.#rings.set(endpointId, ring);
      if (this.#rings.size > ENDPOINTS_MAX) this.#rings.delete([...this.#rings.keys()][0] as Uuid);
    }
    return (await ring.entries).filter(({ retiresAtMs }) => retiresAtMs > Date.now()).map(({ key }) => key);
  }

  /** Asks the vault only for what was not open before. */
  async #open(endpointId: Uuid, before: Promise<readonly Entry[]>): Promise<readonly Entry[]> {
    const known = new Map((await before).map(({ id, key }) => [id, key]));
    const sealed = await listActiveKeys(this.#database, endpointId);
    return await Promise.all(
      sealed.map(async ({ id, sealed: bytes, retiresAt }) => ({
        id,
        key:
          known.get(id) ??
          readWebhookKey(await openBytes(this.#vault, bytes, webhookKeyContext(id, endpointId))),
        retiresAtMs: retiresAt === null ? Number.POSITIVE_INFINITY : retiresAt.getTime(),
      })),
    );
  }
}
