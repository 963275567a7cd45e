import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BankAccount } from '../../iso20022/party.ts';
import { readBankFile } from '../../readBankFile.ts';
import { type AchPayment, returnsFile } from './achAnswers.ts';
import { type BookedLine, statementOf, statusReport } from './answers.ts';

export interface FileBankOptions {
  /** Where our files for it lie. */
  readonly outbox: string;
  /** Where its files for us go. */
  readonly inbox: string;
  /** Where it keeps what it took. */
  readonly taken: string;
  readonly account: BankAccount;
  readonly currency: string;
  /** `YYYY-MM-DD`, of what it books. */
  readonly today: () => string;
}

interface Payment {
  readonly messageId: string;
  readonly groupId: string;
  readonly endToEndId: string;
  readonly amountMinor: bigint;
  readonly reference: string;
}

const RUN_BYTES = 4;
/** What SEPA takes has no underscore: a point stands for it there. */
const WISH = /\bsim:([A-Z_.]+)(?::([A-Z0-9]{2,8}))?\b/;

/**
 * A bank that takes pain.001 and NACHA files out of one folder and answers with files in another, for tests and for trying
 * things out. A payment asks for what becomes of it by its reference, such as `sim:RETURN:AC03`. It moves no money.
 */
export class FileBankSimulator {
  readonly #options: FileBankOptions;
  readonly #seen = new Map<string, string>();
  /** Ids of one run are of no other. */
  readonly #run = randomBytes(RUN_BYTES).toString('hex');
  #number = 0;
  #balanceMinor = 0n;
  /** Messages that came again with the same bytes: it refuses to do them twice. */
  repeated = 0;
  /** Messages whose id came again with other bytes. */
  forged = 0;

  constructor(options: FileBankOptions) {
    this.#options = options;
  }

  /** Takes every file that lies in the outbox, whole, and answers it. Gives their names. */
  async takeAll(): Promise<readonly string[]> {
    const { outbox, taken } = this.#options;
    await Promise.all([outbox, taken].map((folder) => mkdir(folder, { recursive: true })));
    const names = (await readdir(outbox)).filter((name) => !name.startsWith('.')).sort();
    for (const name of names) {
      const bytes = await readFile(join(outbox, name));
      await rename(join(outbox, name), join(taken, name));
      await this.#take(name, bytes);
    }
    return names;
  }

  async #take(name: string, bytes: Buffer): Promise<void> {
    const text = bytes.toString('latin1');
    const before = this.#seen.get(name);
    this.#seen.set(name, text);
    if (before !== undefined) {
      if (before === text) this.repeated += 1;
      else this.forged += 1;
      return;
    }
    const file = readBankFile(bytes);
    if (file.kind === 'ACH') return await this.#answerAch(name, file.file);
    if (file.kind !== 'INITIATION') return;
    const payments = file.initiation.groups.flatMap(({ id: groupId, transfers }) =>
      transfers.map(({ endToEndId, amountMinor, remittance }) => ({
        ...{ messageId: file.initiation.messageId, groupId, endToEndId, amountMinor },
        reference: remittance ?? '',
      })),
    );
    await this.#answer(payments);
  }

  async #answer(payments: readonly Payment[]): Promise<void> {
    const wishes = payments.map((payment) => ({ ...payment, ...wishOf(payment.reference) }));
    const [first] = wishes;
    if (first === undefined) return;
    const { messageId } = first;
    if (first.wish === 'SILENCE') return;
    if (first.wish === 'REJECT_FILE') {
      await this.put(statusReport(this.#id('PSR'), messageId, [], 'RJCT'));
      return;
    }
    const paid = wishes.filter(({ wish }) => !['REJECT', 'ACCEPT_ONLY'].includes(wish));
    const report = statusReport(this.#id('PSR'), messageId, [
      ...wishes.map(({ groupId, endToEndId, wish, code }) => ({
        ...{ groupId, endToEndId, status: wish === 'REJECT' ? 'RJCT' : 'ACSP' },
        reasonCode: wish === 'REJECT' ? (code ?? 'AC04') : null,
      })),
    ]);
    const isBatch = paid.length > 0 && paid.every(({ wish }) => wish === 'BATCH');
    const debits = isBatch ? [this.#batchLine(paid)] : paid.map((payment) => this.#debit(payment));
    const statements = debits.length === 0 ? [] : [this.statement(debits)];
    const files = first.wish === 'OUT_OF_ORDER' ? [...statements, report] : [report, ...statements];
    for (const file of files) await this.put(file);
    if (first.wish === 'DUPLICATE') for (const file of files) await this.put(file);
    // The same lines once more, in a statement of another id.
    if (first.wish === 'DUPLICATE' && debits.length > 0) await this.put(this.statement(debits));
    for (const payment of wishes.filter(({ wish }) => wish === 'RETURN')) {
      await this.put(
        this.statement([
          { ...this.#debit(payment), amountMinor: payment.amountMinor, returnCode: payment.code ?? 'AC03' },
        ]),
      );
    }
    const late = wishes
      .filter(({ wish }) => wish === 'REJECT_AFTER_SETTLED')
      .map(({ groupId, endToEndId }) => ({ groupId, endToEndId, status: 'RJCT', reasonCode: 'AC04' }));
    if (late.length > 0) await this.put(statusReport(this.#id('PSR'), messageId, late));
  }

  /** ACH: all of it is debited at once, and what is to come back does so by a file of returns. */
  async #answerAch(name: string, file: Parameters<typeof returnsFile>[0]): Promise<void> {
    const messageId = name.replace(/\.ach$/, '');
    const entries: readonly AchPayment[] = file.batches
      .flatMap(({ entries: all }) => all)
      .map((entry) => {
        const information = entry.addenda
          .flatMap((one) => (one.kind === 'PAYMENT' ? [one.information] : []))
          .join('');
        return { entry, ...wishOf(information) };
      });
    if (entries.some(({ wish }) => wish === 'SILENCE')) return;
    const amountMinor = entries.reduce((sum, { entry }) => sum + entry.amountMinor, 0n);
    await this.put(this.statement([this.#line({ amountMinor: -amountMinor, groupId: messageId })]));
    const back = entries.filter(({ wish }) => wish === 'RETURN' || wish === 'CHANGE');
    if (back.length > 0) await this.put(returnsFile(file, back), '.ach');
  }

  /** Money arrives, as a line that the next statement would have. */
  credit(amountMinor: bigint, remittance: string, payer: string, reference = this.#id('CR')): BookedLine {
    return { ...this.#line({ amountMinor }), reference, remittance, payer };
  }

  /** A payment of that id comes back. */
  back(amountMinor: bigint, endToEndId: string, returnCode = 'AC03'): BookedLine {
    return this.#line({ amountMinor, endToEndId, returnCode });
  }

  statement(lines: readonly BookedLine[], openingMinor = this.#balanceMinor): string {
    const { account, currency, today } = this.#options;
    const text = statementOf({ id: this.#id('STM'), account, currency, openingMinor, on: today(), lines });
    this.#balanceMinor = lines.reduce((sum, { amountMinor }) => sum + amountMinor, openingMinor);
    return text;
  }

  /** Puts a file into our inbox, whole at once. Gives its name. */
  async put(text: string, ending = '.xml', name = `${this.#id('FILE')}${ending}`): Promise<string> {
    const { inbox } = this.#options;
    await mkdir(inbox, { recursive: true });
    await writeFile(join(inbox, `.${name}.tmp`), text);
    await rename(join(inbox, `.${name}.tmp`), join(inbox, name));
    return name;
  }

  #debit({ amountMinor, endToEndId, groupId }: Payment): BookedLine {
    return this.#line({ amountMinor: -amountMinor, endToEndId, groupId });
  }

  #batchLine(payments: readonly Payment[]): BookedLine {
    const amountMinor = -payments.reduce((sum, payment) => sum + payment.amountMinor, 0n);
    return this.#line({ amountMinor, groupId: payments[0]?.groupId ?? null });
  }

  #line(of: Partial<BookedLine> & { readonly amountMinor: bigint }): BookedLine {
    const none = { endToEndId: null, groupId: null, returnCode: null, payer: null, remittance: null };
    return { ...none, reference: this.#id('REF'), ...of };
  }

  #id(kind: string): string {
    this.#number += 1;
    return `${kind}-${this.#run}-${String(this.#number).padStart(6, '0')}`;
  }
}

function wishOf(reference: string): { readonly wish: string; readonly code: string | null } {
  const [, wish = 'SETTLE', code = null] = WISH.exec(reference) ?? [];
  return { wish: wish.replaceAll('.', '_'), code };
}
