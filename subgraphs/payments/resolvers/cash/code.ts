import type { Uuid } from '../../../../platform/id.ts';
import { hasScope, isClient, type Viewer } from '../../../../platform/viewer.ts';
import { openCode, openRecipient } from '../../../../rails/cash/sealing.ts';
import type { Context } from '../../context.ts';
import type { CashInView } from '../../views/cash.ts';

const PII_SCOPE = 'cash:pii:read';

/** Whoever knows the code has the money: its payer, those with the scope, and who has just asked for it. */
export function maySeeCode({ customerId, shown }: CashInView, viewer: Viewer): boolean {
  if (shown === 'LISTED') return false;
  if (isClient(viewer)) return customerId !== null && viewer.customerId === customerId;
  return shown === 'FRESH' || maySeePersonal(viewer);
}

/** Whether the Viewer may see who picks up, and by which code. Never in a payer's browser. */
export function maySeePersonal(viewer: Viewer): boolean {
  return !isClient(viewer) && hasScope(viewer, PII_SCOPE);
}

/** The code of an order in the clear; null until there is one. Asks the vault. */
export async function codeOf(orderId: Uuid, { loaders, cash }: Context): Promise<string | null> {
  const row = await loaders.cash.findSealed(orderId);
  if (!row?.codeSealed || cash.connection === null) return null;
  return await openCode(cash.connection.vault, orderId, row.codeSealed);
}

/** Who picks up, in the clear. Asks the vault. */
export async function recipientOf(orderId: Uuid, { loaders, cash }: Context): Promise<string | null> {
  const row = await loaders.cash.findSealed(orderId);
  if (!row?.sealed || cash.connection === null) return null;
  return (await openRecipient(cash.connection.vault, row.sealedFor, row.sealed)).recipientName;
}
