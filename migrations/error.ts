/** A migration could not be read or applied. What earlier files did stays; the failed file's tx is rolled back. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}
