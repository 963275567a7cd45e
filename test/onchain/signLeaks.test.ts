import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Address } from 'viem';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type KeyVault, KeyVaultError } from '../../platform/vault/keyVault.ts';
import { pathOf, privateKeyAt } from '../../rails/onchain/keys/hdRoot.ts';
import { openSeed, type SealedSeed } from '../../rails/onchain/keys/sealedSeed.ts';
import type { SignStep } from '../../rails/onchain/sign/signRoot.ts';
import { openSending, type Sending } from './sending.ts';

/** The signer's loop, by everything that it leaves behind. */
const ANN: Address = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';

let sending: Sending;
/** In each writing that they could be seen in. */
const secrets = new Map<string, string>();

function keepSecret(name: string, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes);
  // Of several of a kind each is looked for.
  const one = `${name}, the ${secrets.size}th,`;
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    secrets.set(`${one} in ${encoding}`, buffer.toString(encoding).slice(0, 40).toLowerCase());
  }
  secrets.set(`${one} as numbers`, [...buffer.subarray(0, 8)].join(','));
}

function leaksIn(text: string): readonly string[] {
  const plain = text.toLowerCase().replaceAll(/,\s+/g, ',');
  return [...secrets].filter(([, secret]) => plain.includes(secret)).map(([name]) => name);
}

/** Every row of every table of ours. */
async function dump(): Promise<string> {
  const tables = await sending.rows<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await sending.rows<{ text: string }>(
      `select t::text as text, to_json(t)::text as json from ${name} t`,
    );
    parts.push(JSON.stringify(rows));
  }
  return parts.join('\n');
}

/** As the vault of the signer, but keeping what goes through it, and failing at times. */
function watched(vault: KeyVault, failures: { left: number }): KeyVault {
  return {
    id: vault.id,
    wrap: async (dataKey, context) => {
      keepSecret('a data key', Uint8Array.from(dataKey));
      return await vault.wrap(dataKey, context);
    },
    unwrap: async (wrapped, context) => {
      if (failures.left-- > 0) throw new KeyVaultError('UNAVAILABLE', 'it does not answer');
      const dataKey = await vault.unwrap(wrapped, context);
      keepSecret('an unwrapped data key', Uint8Array.from(dataKey));
      return dataKey;
    },
  };
}

async function keepRoot(organizationId: Uuid | null): Promise<void> {
  const [root] = await sending.rows<SealedSeed & { readonly id: Uuid }>(
    `select id, ciphertext, nonce, tag, wrapped_key as "wrappedKey", vault_id as "vaultId" from chain.root
      where organization_id is not distinct from $1`,
    [organizationId],
  );
  if (root === undefined) throw new Error('there is no root');
  await openSeed(root, root.id, sending.vault, async (seed) => {
    keepSecret('a seed', seed.reveal());
    for (const branch of ['CUSTODY', 'DEPOSIT'] as const) {
      keepSecret(`a key of ${branch}`, privateKeyAt(seed, pathOf({ branch, index: 0 })).reveal());
    }
  });
}

test('the loop leaves no key material in logs, rows, arguments or the environment', async () => {
  sending = await openSending();
  try {
    const lines: string[] = [];
    const logger = createLogger({ level: 'trace', name: 'leaks', write: (line) => lines.push(line) });
    const vault = watched(sending.vault, { left: 0 });
    const organizationId = await sending.addOrganization();
    const custody = await sending.addAddress(organizationId, 'CUSTODY');
    const deposit = await sending.addAddress(organizationId, 'DEPOSIT');
    keepSecret('the KEK', await readFile(join(sending.folder, 'kek')));
    await keepRoot(organizationId);
    await keepRoot(null);
    const pay = (amountMinor: bigint, from = custody) =>
      sending.plan({ organizationId, from, to: ANN, amountMinor });
    await pay(1n);
    await sending.rows(
      `insert into ledger.holder (id, organization_id, kind) values ($1, $1, 'ORGANIZATION')`,
      [newUuid()],
    );
    // Refused by the policy, and because a deposit address pays nobody.
    await pay(10n ** 9n);
    await pay(1n, deposit);
    let crashes = 0;
    const atStep = async (step: SignStep) => {
      if (crashes++ < 6) throw new Error(`crashed at ${step}`);
    };
    await sending.sign({ vault, logger, atStep });
    await pay(2n);
    await sending.sign({ vault: watched(sending.vault, { left: 1 }), logger }, async () =>
      lines.some((line) => line.includes('UNAVAILABLE')),
    );
    await pay(3n);
    await sending.sign({ vault: { ...vault, id: 'another' }, logger }, async () =>
      lines.some((line) => line.includes('another vault')),
    );
    await sending.sign({ vault, logger });
    const log = lines.join('\n');
    expect(log).toContain('crashed at OPENED');
    expect(log).toContain('OVER_TRANSACTION_LIMIT');
    const rows = await dump();
    expect(rows).toContain(custody);
    expect(secrets.size).toBeGreaterThan(20);
    expect(leaksIn(log)).toEqual([]);
    expect(leaksIn(rows)).toEqual([]);
    expect(leaksIn(JSON.stringify([process.argv, process.env]))).toEqual([]);
    // The search itself: what was signed is there to be found.
    const [{ hash } = { hash: '' }] = await sending.rows<{ hash: string }>(
      `select hash from chain.attempt where state = 'SIGNED'`,
    );
    secrets.set('a hash', hash.slice(2, 42));
    expect(leaksIn(await dump())).toEqual(['a hash']);
  } finally {
    await sending.close();
  }
}, 60_000);
