import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileVault } from './fileVault.ts';
import type { KeyVault } from './keyVault.ts';
import { NotAuthenticError, openBytes, SEALED_PLAINTEXT_BYTES_MAX, sealBytes } from './sealedBytes.ts';

const plaintext = Buffer.from('{"lastName":"Ricci"}');
const context = { purpose: 'test', id: 'one' };

let folder: string;
let vault: KeyVault;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-sealed-'));
  vault = await openFileVault(join(folder, 'key'), 'create');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('what was sealed opens for the same context, whatever the order of its fields', async () => {
  const sealed = await sealBytes(vault, plaintext, context);
  expect(Buffer.from(sealed).includes('Ricci')).toBe(false);
  expect(await openBytes(vault, sealed, { id: 'one', purpose: 'test' })).toEqual(plaintext);
  expect(await openBytes(vault, await sealBytes(vault, Buffer.alloc(0), context), context)).toHaveLength(0);
});

test('sealing the same twice gives other bytes', async () => {
  const [one, other] = await Promise.all([0, 1].map(() => sealBytes(vault, plaintext, context)));
  expect(one).not.toEqual(other);
});

test('nothing opens for another context, with another vault, or with any byte changed or cut off', async () => {
  const sealed = await sealBytes(vault, plaintext, context);
  const other = await openFileVault(join(folder, 'other'), 'create');
  await expect(openBytes(vault, sealed, { ...context, id: 'two' })).rejects.toThrow(NotAuthenticError);
  await expect(openBytes(other, sealed, context)).rejects.toThrow(NotAuthenticError);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    await expect(openBytes(vault, changed, context)).rejects.toThrow(NotAuthenticError);
    await expect(openBytes(vault, sealed.subarray(0, at), context)).rejects.toThrow(NotAuthenticError);
  }
});

test('what is too long is refused with both lengths', async () => {
  await expect(sealBytes(vault, Buffer.alloc(SEALED_PLAINTEXT_BYTES_MAX + 1), context)).rejects.toThrow(
    '1048577 bytes to seal, at most 1048576 expected',
  );
});
