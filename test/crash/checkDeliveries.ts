/**
 * What a subscriber got against what was committed. Fed by sockets in the crash test, by the mutated feed in the
 * planted one and by made-up histories in checkDeliveries.test.ts, so that one piece of code answers for all.
 */
export interface Delivery {
  /** Id of the Transaction (or of the Account, for balances). */
  readonly id: string;
  /** Gap-free from 1 for each id. */
  readonly version: number;
}

export interface DeliveryFault {
  readonly kind: 'LOST_VERSION' | 'DOUBLED_VERSION' | 'REORDERED_VERSION' | 'UNKNOWN_VERSION';
  readonly detail: string;
}

/**
 * Each of `committed` exactly once and in that order, nothing else. Of what comes too late only the late one is
 * reported, so that one swap is not a thousand faults.
 *
 * @param committed in the order that all readers agree on
 */
export function checkDeliveries(
  committed: readonly Delivery[],
  received: readonly Delivery[],
): readonly DeliveryFault[] {
  const faults: DeliveryFault[] = [];
  const places = new Map(committed.map((delivery, place) => [keyOf(delivery), place]));
  const seen = new Set<string>();
  let furthest = -1;
  for (const [index, delivery] of received.entries()) {
    const key = keyOf(delivery);
    const place = places.get(key);
    if (place === undefined) {
      faults.push({ kind: 'UNKNOWN_VERSION', detail: `${key}, message ${index}, was never committed` });
    } else if (seen.has(key)) {
      faults.push({ kind: 'DOUBLED_VERSION', detail: `${key} came again as message ${index}` });
    } else if (place < furthest) {
      const before = keyOf(committed[furthest] as Delivery);
      faults.push({ kind: 'REORDERED_VERSION', detail: `${key}, message ${index}, came after ${before}` });
    }
    seen.add(key);
    furthest = Math.max(furthest, place ?? -1);
  }
  for (const delivery of committed) {
    if (!seen.has(keyOf(delivery))) {
      faults.push({ kind: 'LOST_VERSION', detail: `${keyOf(delivery)} was committed and never came` });
    }
  }
  return faults;
}

function keyOf(delivery: Delivery): string {
  return `${delivery.id} version ${delivery.version}`;
}
