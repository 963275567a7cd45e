import type { Uuid } from '../../../platform/id.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, aeadOpen, aeadSeal } from '../../../platform/vault/aead.ts';
import { canonicalContext, DATA_KEY_BYTES, type KeyVault } from '../../../platform/vault/keyVault.ts';
import { SecretBytes } from '../../../platform/vault/secretBytes.ts';
import type { Customer } from '../domain/customer.ts';
import type { PersonalChange, PersonalData, SealedChange } from '../domain/personalData.ts';

/** Unwrapped keys that are kept, so that a list of customers is not a call to the vault for each, every time. */
const KEYS_MAX = 10_000;

export interface CustomerVault {
  /** A new data key for a Customer, wrapped: base 64. Calls the vault, so not within a tx. @throws {KeyVaultError} */
  begin(customerId: Uuid): Promise<string>;
  /** Seals what is given; null stays null. Calls the vault, so not within a tx. @throws {KeyVaultError} */
  seal(
    customer: { readonly id: Uuid; readonly wrappedKey: string },
    change: PersonalChange,
  ): Promise<SealedChange>;
  /** What is known of a Customer, nothing of an erased one. Not within a tx. @throws {KeyVaultError} */
  open(customer: Customer): Promise<Partial<PersonalData>>;
}

/** Each field of a Customer is sealed with AES-256-GCM for its place: it opens for no other customer and no other field. */
export function createCustomerVault(vault: KeyVault): CustomerVault {
  const keys = new Map<string, SecretBytes>();

  function keep(wrappedKey: string, key: SecretBytes): SecretBytes {
    if (keys.size >= KEYS_MAX) keys.delete(present(keys.keys().next().value, 'the oldest key'));
    keys.set(wrappedKey, key);
    return key;
  }

  async function keyOf(id: Uuid, wrappedKey: string): Promise<SecretBytes> {
    const kept = keys.get(wrappedKey);
    if (kept) return kept;
    const bytes = await vault.unwrap(Buffer.from(wrappedKey, 'base64'), contextOf(id));
    return keep(wrappedKey, SecretBytes.take(bytes));
  }

  return {
    async begin(customerId) {
      const key = SecretBytes.random(DATA_KEY_BYTES);
      const wrapped = await vault.wrap(key.reveal(), contextOf(customerId));
      const wrappedKey = Buffer.from(wrapped).toString('base64');
      keep(wrappedKey, key);
      return wrappedKey;
    },
    async seal({ id, wrappedKey }, change) {
      const key = await keyOf(id, wrappedKey);
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      return Object.fromEntries(
        given.map(([field, value]) => [field, value === null ? null : sealField(key, id, field, value)]),
      );
    },
    async open(customer) {
      if (customer.wrappedKey === null) return clearFields(customer);
      const key = await keyOf(customer.id, customer.wrappedKey);
      return Object.fromEntries(
        Object.entries(customer.sealed).map(([field, text]) => [
          field,
          openField(key, customer.id, field, text),
        ]),
      );
    },
  };
}

function contextOf(id: Uuid): Readonly<Record<string, string>> {
  return { purpose: 'omsx-customer', id };
}

function sealField(key: SecretBytes, id: Uuid, field: string, value: unknown): string {
  const plaintext = Buffer.from(JSON.stringify(value));
  const { nonce, tag, ciphertext } = aeadSeal(
    key.reveal(),
    plaintext,
    canonicalContext({ ...contextOf(id), field }),
  );
  return Buffer.concat([nonce, tag, ciphertext]).toString('base64');
}

function openField(key: SecretBytes, id: Uuid, field: string, text: string): unknown {
  const bytes = Buffer.from(text, 'base64');
  const tagAt = AEAD_NONCE_BYTES;
  const ciphertextAt = tagAt + AEAD_TAG_BYTES;
  const parts = {
    nonce: bytes.subarray(0, tagAt),
    tag: bytes.subarray(tagAt, ciphertextAt),
    ciphertext: bytes.subarray(ciphertextAt),
  };
  const plaintext = aeadOpen(key.reveal(), parts, canonicalContext({ ...contextOf(id), field }));
  invariant(plaintext !== null, `the sealed ${field} of a customer was changed or is another's`);
  return JSON.parse(Buffer.from(plaintext).toString());
}

/** Of a Customer from before names were sealed. */
function clearFields({ firstName, lastName, legalName, email }: Customer): Partial<PersonalData> {
  return Object.fromEntries(
    Object.entries({ firstName, lastName, legalName, email }).filter(([, value]) => value !== null),
  );
}
