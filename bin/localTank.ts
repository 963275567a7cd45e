import { createTestClient, getAddress, http, parseEther } from 'viem';
import { foundry } from 'viem/chains';
import { sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { openDatabase } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';

const FILL = parseEther('100000');
const POLL_MS = 100;
const WAIT_MS_MAX = 60_000;

const TANK = statement(
  'chain.local_tank',
  `select address from chain.address where purpose = 'TANK' and network = 'LOCAL'`,
);

/**
 * Gives the gas tank of a development chain coins from nothing, as soon as the signer has made its key. On any other
 * chain the operator sends some there.
 */
export function fillLocalTank(
  databaseUrl: string,
  chainUrl: string,
  logger: Logger,
): { close(): Promise<void> } {
  const stopping = new AbortController();
  const filling = fill(databaseUrl, chainUrl, stopping.signal).catch((error: unknown) => {
    logger.error({ err: error }, 'the gas tank of the local chain could not be filled');
  });
  return {
    async close() {
      stopping.abort();
      await filling;
    },
  };
}

async function fill(databaseUrl: string, chainUrl: string, signal: AbortSignal): Promise<void> {
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_chain', poolMax: 1 });
  const deadline = Date.now() + WAIT_MS_MAX;
  try {
    while (!signal.aborted) {
      const [tank] = await database.write((tx) => tx.rows<{ address: string }>(TANK));
      if (tank !== undefined) {
        const node = createTestClient({ mode: 'anvil', chain: foundry, transport: http(chainUrl) });
        await node.setBalance({ address: getAddress(tank.address), value: FILL });
        return;
      }
      if (Date.now() > deadline) throw new Error(`there is no gas tank after ${WAIT_MS_MAX} ms`);
      await sleep(POLL_MS, signal);
    }
  } finally {
    await database.close();
  }
}
