import type { Uuid } from '../../../../platform/id.ts';
import { Lru } from '../../../../platform/lru.ts';
import type { ScreeningSubject } from '../../../../rails/screening/provider.ts';
import { type Screener, screenOrHold } from '../../../../rails/screening/screenOrHold.ts';
import { isPayout, isSend, type PaymentsCommand } from '../../domain/command.ts';
import type { OpenSubject } from '../../store/screening/quoteSubjects.ts';
import type { PaymentsAnswer, PaymentsLane } from '../lane.ts';

/** Whom a Quote pays outside; null for one that stays in our books, and for one that is not there. */
export type FindQuoteSubject = (organizationId: Uuid, quoteId: Uuid) => Promise<ScreeningSubject | null>;

/** How it is found out whom a command pays that does not say so. */
export interface Finding {
  readonly findQuoteSubject: FindQuoteSubject;
  readonly openSubject: OpenSubject;
}

/** Ids of Quotes that are known to stay in our books: made here, and accepted within minutes. */
const INSIDE_MAX = 20_000;

/**
 * The lane, behind screening: whatever pays somebody outside is screened first, with no tx open, and takes the verdict with
 * it. What is inside our books is not asked about. What names people goes no further than here.
 */
export function createScreenedLane(lane: PaymentsLane, screener: Screener, find: Finding): PaymentsLane {
  // Where a Quote leads never changes, so that who made it need not ask the database at its acceptance.
  const inside = new Lru<Uuid, true>(INSIDE_MAX);
  return {
    async submit(command) {
      // Whoever settles what arrived says what screening said of it.
      const isScreened = 'screening' in command && command.screening !== undefined;
      const isInside = command.operation === 'acceptQuote' && inside.get(command.quoteId) === true;
      const subject = isScreened || isInside ? null : await subjectOf(command, find);
      if (subject === null) return remember(await lane.submit(unnamed(command)));
      const screening = await screenOrHold(screener, subject);
      // Whatever has a subject has a verdict, too.
      return await lane.submit({ ...unnamed(command), screening } as PaymentsCommand);
    },
    drain: () => lane.drain(),
  };

  function remember(answer: PaymentsAnswer): PaymentsAnswer {
    if (answer.quote?.destinationRail === 'BOOK') inside.set(answer.quote.id, true);
    return answer;
  }
}

/** Without whom it pays. */
function unnamed(command: PaymentsCommand): PaymentsCommand {
  return 'screenee' in command ? { ...command, screenee: undefined } : command;
}

async function subjectOf(
  command: PaymentsCommand,
  { findQuoteSubject, openSubject }: Finding,
): Promise<ScreeningSubject | null> {
  if ('screenee' in command && command.screenee !== undefined) return command.screenee;
  if (isPayout(command)) return await openSubject(command.sealed, command.transactionId);
  if (isSend(command)) return { addresses: [{ address: command.toAddress, network: null }] };
  if (command.operation !== 'acceptQuote') return null;
  return await findQuoteSubject(command.organizationId, command.quoteId);
}
