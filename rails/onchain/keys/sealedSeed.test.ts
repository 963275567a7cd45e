import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { newUuid } from '../../../platform/id.ts';
import { openFileVault } from '../../../platform/vault/fileVault.ts';
import { type KeyVault, KeyVaultError } from '../../../platform/vault/keyVault.ts';
import { SecretBytes } from '../../../platform/vault/secretBytes.ts';
import { createSeed } from './hdRoot.ts';
import { openSeed, SealError, type SealedSeed, sealSeed } from './sealedSeed.ts';

let folder: string;
let vault: KeyVault;
const rootId = newUuid();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-seal-'));
  vault = await openFileVault(join(folder, 'kek'), 'create');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const copyOf = async (seed: SecretBytes): Promise<Uint8Array> => Uint8Array.from(seed.reveal());

test.each([32, 64] as const)('a seed of %p bytes is sealed and opened for its root', async (length) => {
  const seed = createSeed(length);
  const sealed = await sealSeed(seed, rootId, vault);
  expect(await openSeed(sealed, rootId, vault, copyOf)).toEqual(Uint8Array.from(seed.reveal()));
});

test('sealing twice shares neither nonce, ciphertext nor wrapped key', async () => {
  const seed = createSeed();
  const [one, two] = [await sealSeed(seed, rootId, vault), await sealSeed(seed, rootId, vault)];
  for (const part of ['nonce', 'ciphertext', 'wrappedKey', 'tag'] as const) {
    expect(one[part]).not.toEqual(two[part]);
  }
});

test('seed and data key are zeroed afterwards, also when the use of the seed fails', async () => {
  const lent: Uint8Array[] = [];
  const spy: KeyVault = {
    id: vault.id,
    wrap: (dataKey, context) => {
      lent.push(dataKey);
      return vault.wrap(dataKey, context);
    },
    unwrap: async (wrapped, context) => {
      const dataKey = await vault.unwrap(wrapped, context);
      lent.push(dataKey);
      return dataKey;
    },
  };
  const sealed = await sealSeed(createSeed(), rootId, spy);
  const keep = async (seed: SecretBytes): Promise<SecretBytes> => {
    expect(seed.reveal().some((byte) => byte !== 0)).toBe(true);
    lent.push(seed.reveal());
    return seed;
  };
  const kept = await openSeed(sealed, rootId, spy, keep);
  expect(() => kept.reveal()).toThrow('wiped');
  const failing = openSeed(sealed, rootId, spy, async (seed) => {
    await keep(seed);
    throw new RangeError('of the caller');
  });
  await expect(failing).rejects.toThrow(RangeError);
  await expect(openSeed({ ...sealed, tag: sealed.nonce }, rootId, spy, keep)).rejects.toThrow(SealError);
  await expect(openSeed(flip(sealed, 'tag', 0), rootId, spy, keep)).rejects.toThrow(SealError);
  // The data key of sealing, then key and seed of both openings, then the key of the failed one.
  expect(lent).toHaveLength(6);
  for (const bytes of lent) expect(bytes.every((byte) => byte === 0)).toBe(true);
});

type Part = 'ciphertext' | 'nonce' | 'tag' | 'wrappedKey';

function flip(sealed: SealedSeed, part: Part, bit: number): SealedSeed {
  const bytes = Uint8Array.from(sealed[part]);
  const at = bit % (bytes.length * 8);
  bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
  return { ...sealed, [part]: bytes };
}

test('a seed with any bit flipped does not open', async () => {
  const sealed = await sealSeed(createSeed(64), rootId, vault);
  const parts = fc.constantFrom<Part>('ciphertext', 'nonce', 'tag', 'wrappedKey');
  await fc.assert(
    fc.asyncProperty(parts, fc.nat(4096), async (part, bit) => {
      const opened = openSeed(flip(sealed, part, bit), rootId, vault, copyOf);
      await expect(opened).rejects.toMatchObject({ name: 'SealError', code: 'NOT_AUTHENTIC' });
    }),
    { numRuns: 300 },
  );
});

test('a seed does not open for another root, nor with its key wrapped for another', async () => {
  const [mine, theirs] = [await sealSeed(createSeed(), rootId, vault), newUuid()];
  const refused = { name: 'SealError', code: 'NOT_AUTHENTIC' };
  await expect(openSeed(mine, theirs, vault, copyOf)).rejects.toMatchObject(refused);
  // Even whoever gets the vault to wrap the same data key for another root does not move the seed there.
  const dataKey = await vault.unwrap(mine.wrappedKey, { purpose: 'omsx-hd-root', rootId });
  const wrappedKey = await vault.wrap(dataKey, { purpose: 'omsx-hd-root', rootId: theirs });
  await expect(openSeed({ ...mine, wrappedKey }, theirs, vault, copyOf)).rejects.toMatchObject(refused);
});

test('a seed does not open with another vault, whatever that calls itself', async () => {
  const sealed = await sealSeed(createSeed(), rootId, vault);
  const other = await openFileVault(join(folder, 'other'), 'create');
  await expect(openSeed(sealed, rootId, other, copyOf)).rejects.toMatchObject({ code: 'OTHER_VAULT' });
  const renamed = { ...sealed, vaultId: other.id };
  await expect(openSeed(renamed, rootId, other, copyOf)).rejects.toMatchObject({ code: 'NOT_AUTHENTIC' });
});

test('a vault that does not answer is told from a seed that was changed', async () => {
  const sealed = await sealSeed(createSeed(), rootId, vault);
  const unwrap = () => Promise.reject(new KeyVaultError('UNAVAILABLE', 'down'));
  const down: KeyVault = { id: vault.id, wrap: unwrap, unwrap };
  await expect(openSeed(sealed, rootId, down, copyOf)).rejects.toMatchObject({ retryable: true });
});

test.each([0, 16, 31, 33, 65])('%p bytes are no seed', async (length) => {
  const sealing = sealSeed(SecretBytes.random(length), rootId, vault);
  await expect(sealing).rejects.toMatchObject({ code: 'NOT_A_SEED' });
});
