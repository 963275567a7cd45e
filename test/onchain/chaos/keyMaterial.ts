import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Redis } from 'ioredis';
import type { Uuid } from '../../../platform/id.ts';
import { type Database, openDatabase } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { openFileVault } from '../../../platform/vault/fileVault.ts';
import { type KeyBranch, pathOf, privateKeyAt } from '../../../rails/onchain/keys/hdRoot.ts';
import { openSeed, type SealedSeed } from '../../../rails/onchain/keys/sealedSeed.ts';

/** Of the folder of `omsx up`: the one place where a key belongs. */
export const KEY_FILE = join('keys', 'seal.key');
const PROCESS_FILES = ['cmdline', 'environ'] as const;

interface RootRow extends SealedSeed {
  readonly id: Uuid;
}

interface PathRow {
  readonly rootId: Uuid;
  readonly branch: KeyBranch;
  readonly index: number;
}

const ROOTS = statement(
  'test.roots',
  `select id, ciphertext, nonce, tag, wrapped_key as "wrappedKey", vault_id as "vaultId" from chain.root`,
);
const PATHS = statement(
  'test.paths',
  `select distinct root_id as "rootId", branch, index from chain.address`,
);

/** A secret as bytes that may stand in a file, by a name that tells nothing of it. */
type Secrets = ReadonlyMap<string, Buffer>;

/** Seeds and private keys of the whole deployment, and what seals them, in every writing that a program may use. */
export async function collectSecrets(databaseUrl: string, folder: string): Promise<Secrets> {
  const secrets = new Map<string, Buffer>();
  const keyFile = join(folder, KEY_FILE);
  addWritings(secrets, 'the key file', await readFile(keyFile));
  const vault = await openFileVault(keyFile, 'refuse');
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_signer', poolMax: 1 });
  try {
    const paths = await rowsOf<PathRow>(database, PATHS);
    for (const root of await rowsOf<RootRow>(database, ROOTS)) {
      await openSeed(root, root.id, vault, async (seed) => {
        addWritings(secrets, `seed of ${root.id}`, seed.reveal());
        for (const { branch, index } of paths.filter(({ rootId }) => rootId === root.id)) {
          const path = pathOf({ branch, index });
          addWritings(secrets, `${path} of ${root.id}`, privateKeyAt(seed, path).reveal());
        }
      });
    }
  } finally {
    await database.close();
  }
  return secrets;
}

function addWritings(secrets: Map<string, Buffer>, name: string, bytes: Uint8Array): void {
  const secret = Buffer.from(bytes);
  const hex = secret.toString('hex');
  secrets.set(`${name}, raw`, secret);
  secrets.set(`${name}, hex`, Buffer.from(hex));
  secrets.set(`${name}, HEX`, Buffer.from(hex.toUpperCase()));
  secrets.set(`${name}, decimal`, Buffer.from(BigInt(`0x${hex}`).toString()));
  secrets.set(`${name}, numbers`, Buffer.from([...secret].join(',')));
  // The last character may hold bits of what follows.
  secrets.set(`${name}, base64`, Buffer.from(secret.toString('base64').slice(0, 40)));
  secrets.set(`${name}, base64url`, Buffer.from(secret.toString('base64url').slice(0, 40)));
}

/** Lets Redis write all it holds into its folder, without compression. */
export async function saveRedis(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'redis', 'server.json'), 'utf8').catch(() => null);
  if (text === null) return;
  const client = new Redis({
    host: '127.0.0.1',
    ...(JSON.parse(text) as { port: number; password: string }),
  });
  try {
    await client.config('SET', 'rdbcompression', 'no');
    await client.save();
  } finally {
    client.disconnect();
  }
}

/**
 * Where a secret stands: in a file of the folder (databases, logs, dumps, credentials) but the key file, in a command line or in an
 * environment of these processes. Gives the names of place and secret.
 */
export async function findLeaks(
  secrets: Secrets,
  folder: string,
  pids: readonly number[],
): Promise<readonly string[]> {
  const leaks: string[] = [];
  const look = (place: string, content: Buffer): void => {
    for (const [name, secret] of secrets) if (content.includes(secret)) leaks.push(`${name} in ${place}`);
  };
  for (const path of await listFiles(folder)) {
    if (relative(folder, path) === KEY_FILE) continue;
    // Servers remove files of theirs meanwhile.
    look(relative(folder, path), await readFile(path).catch(() => Buffer.alloc(0)));
  }
  for (const pid of pids) {
    for (const file of PROCESS_FILES) {
      look(`${file} of process ${pid}`, await readFile(`/proc/${pid}/${file}`).catch(() => Buffer.alloc(0)));
    }
  }
  return leaks;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function rowsOf<Row>(database: Database, wanted: ReturnType<typeof statement>): Promise<readonly Row[]> {
  return database.write((tx) => tx.rows<Row>(wanted));
}
