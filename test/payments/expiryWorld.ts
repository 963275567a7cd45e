import type { Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { type Fixture, keyOf, openFixture } from './fixture.ts';

/** An organization with a hundred dollars in one Account and another to pay them to. */
export interface Pair {
  readonly viewer: Viewer;
  readonly source: Uuid;
  readonly destination: Uuid;
}

/** Payments without their workers, whose work a test does itself with `writes`. */
export interface ExpiryWorld {
  readonly fixture: Fixture;
  readonly writes: Database;
  addPair(): Promise<Pair>;
  close(): Promise<void>;
}

export async function openExpiryWorld(): Promise<ExpiryWorld> {
  const fixture = await openFixture();
  const writes = await openDatabase({ url: fixture.url, role: 'omsx_payments_writer', poolMax: 2 });
  return {
    fixture,
    writes,
    async addPair() {
      const organizationId = await fixture.addOrganization();
      const source = await fixture.openAccount(organizationId, { amountMinor: 100_00n });
      const destination = await fixture.openAccount(organizationId);
      return { viewer: keyOf(organizationId), source, destination };
    },
    async close() {
      await writes.close();
      await fixture.close();
    },
  };
}
