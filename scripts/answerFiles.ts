import { join } from 'node:path';
import { startRounds } from '../platform/rounds.ts';
import { parseIban } from '../rails/bank/identifiers/iban.ts';
import type { BankAccount } from '../rails/bank/iso20022/party.ts';
import { FileBankSimulator } from '../rails/bank/simulator/files/fileBankSimulator.ts';

const ROUND_MS = 500;
const USAGE = 'usage: npm run bank:answer OUTBOX INBOX ACCOUNT CURRENCY';

/**
 * `npm run bank:answer OUTBOX INBOX ACCOUNT CURRENCY`: a bank that takes files out of OUTBOX and answers in INBOX until it
 * is stopped. It moves no money.
 */
function main([outbox, inbox, number, currency]: readonly string[]): void {
  if (outbox === undefined || inbox === undefined || number === undefined || currency === undefined) {
    say(USAGE);
    process.exitCode = 1;
    return;
  }
  const account: BankAccount =
    'value' in parseIban(number)
      ? { kind: 'IBAN', iban: number }
      : { kind: 'OTHER', id: number, scheme: null };
  const bank = new FileBankSimulator({
    ...{ outbox, inbox, taken: join(outbox, '.taken'), account, currency },
    today: () => new Date().toISOString().slice(0, 10),
  });
  const rounds = startRounds(
    async () => {
      for (const name of await bank.takeAll()) say(`took ${name}`);
      return ROUND_MS;
    },
    ROUND_MS,
    (error) => say(String(error)),
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void rounds.stop());
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv.slice(2));
