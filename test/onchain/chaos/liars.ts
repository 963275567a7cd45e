import type { Random } from '../../crash/random.ts';
import type { RpcFaults } from '../../harness/rpcFaults.ts';
import { type RpcProxy, startRpcProxy } from '../../harness/rpcProxy.ts';

/** Two ways to one chain, either of which may be made to lie. */
export interface Liars {
  readonly urls: readonly string[];
  /** Lets one lie and the other tell the truth again. */
  lie(random: Random): Promise<void>;
  heal(): void;
  close(): Promise<void>;
}

export async function startLiars(chainUrl: string, random: Random): Promise<Liars> {
  const proxies = [
    await startRpcProxy(chainUrl, random.fork()),
    await startRpcProxy(chainUrl, random.fork()),
  ];
  const heal = (): void => {
    for (const proxy of proxies) healed(proxy);
  };
  heal();
  return {
    urls: proxies.map(({ url }) => url),
    lie: async (chance) => {
      const liar = chance.integer(0, proxies.length - 1);
      heal();
      proxies[liar]?.setFaults(anyFault(chance));
    },
    heal,
    close: async () => {
      for (const proxy of proxies) await proxy.close();
    },
  };
}

/** As real nodes do, and anvil does not, a replacement has to pay a tenth more; nothing else is wrong. */
function healed(proxy: RpcProxy): void {
  proxy.heal();
  proxy.setFaults({ replacementRule: true });
}

/** What one endpoint is made to do; the other tells the truth meanwhile, as two that lie alike cannot be told from the truth. */
function anyFault(random: Random): Partial<RpcFaults> {
  return random.pick<Partial<RpcFaults>>([
    {},
    { lagBlocks: random.integer(1, 12) },
    { hang: 0.05 },
    { reset: 0.3 },
    { serverError: 0.3 },
    { missing: 0.3 },
    { garbage: 0.3 },
    { duplicateLogs: true },
    { omitLogs: 0.5 },
    { omitLogs: 1, receiptsAreTrue: true },
    { finalizedHash: `0x${'ab'.repeat(32)}` },
    { staleReceipts: true },
    { tooLarge: true },
  ]);
}
