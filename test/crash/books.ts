import { type Api, CREATE_ACCOUNT, CREATE_CUSTOMER, CREATE_WALLET, FUND_SANDBOX } from './api.ts';
import type { Random } from './random.ts';

/** The accounts that payers pay between: one hot, the others spread. */
export interface Books {
  readonly hotId: string;
  /** A customer with an account that is among the spread ones. */
  readonly customerId: string;
  readonly spreadIds: readonly string[];
  /** What was put in to begin with, in minor units. */
  readonly fundedMinor: bigint;
  /** Two different sides; the hot account is one of them half of the time. */
  chooseSides(random: Random): readonly [sourceId: string, destinationId: string];
  chooseOne(random: Random): string;
}

const OPENING = { text: '2000.00', minor: 200_000n } as const;
const SPREAD = 8;
const HOT_SHARE = 0.5;

/** Onboards over the API: a treasury account that is hot, and customers with accounts and wallets, all funded. */
export async function openBooks(api: Api): Promise<Books> {
  const must = async (document: string, input: Readonly<Record<string, unknown>>): Promise<string> => {
    const { data } = await api.mutate(document, input);
    if (data.code !== undefined) throw new Error(`${data.__typename}: ${data.message}`);
    return data.id ?? '';
  };
  const fund = (destinationId: string) =>
    must(FUND_SANDBOX, { idempotencyKey: `open-${destinationId}`, destinationId, amount: OPENING.text });
  const hotId = await must(CREATE_ACCOUNT, { idempotencyKey: 'open-hot', asset: 'USD', name: 'Hot' });
  await fund(hotId);

  const spreadIds: string[] = [];
  let customerId = '';
  for (let index = 0; index < SPREAD; index++) {
    customerId = await must(CREATE_CUSTOMER, {
      idempotencyKey: `open-customer-${index}`,
      type: 'INDIVIDUAL',
      firstName: 'Payer',
      lastName: `Number ${index}`,
    });
    const party = { customerId, asset: 'USD' };
    // Half of them are wallets, which the payments side has to tell from accounts by their ids.
    const opened =
      index % 2 === 0
        ? await must(CREATE_ACCOUNT, { idempotencyKey: `open-account-${index}`, ...party })
        : await must(CREATE_WALLET, { idempotencyKey: `open-wallet-${index}`, network: 'LEDGER', ...party });
    spreadIds.push(opened);
    await fund(opened);
  }
  return {
    hotId,
    customerId,
    spreadIds,
    fundedMinor: OPENING.minor * BigInt(SPREAD + 1),
    chooseSides(random) {
      const [first, second] = random.shuffle(spreadIds) as [string, string];
      if (random.fraction() >= HOT_SHARE) return [first, second];
      return random.fraction() < 0.5 ? [hotId, first] : [first, hotId];
    },
    chooseOne: (random) => random.pick(spreadIds),
  };
}
