/** Sends of one turn of the event loop. At 10 us each, nobody else waits longer than some milliseconds for one message. */
const TURN_MAX = 500;

/**
 * Does `work` for each item, with a pause for everything else after each few hundred sends. Items may come and go
 * meanwhile.
 *
 * @param work gives how many messages it sent
 */
export async function inTurns<Item>(items: Iterable<Item>, work: (item: Item) => number): Promise<number> {
  let sent = 0;
  let sentInTurn = 0;
  for (const item of items) {
    const now = work(item);
    sent += now;
    sentInTurn += now;
    if (sentInTurn < TURN_MAX) continue;
    sentInTurn = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return sent;
}
