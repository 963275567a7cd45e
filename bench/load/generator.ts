import { runClosed } from './closed.ts';
import { runPaced } from './paced.ts';
import { runPairs } from './quotePairs.ts';
import { serveCalls } from './worker.ts';

/** The process that load comes from, apart from all that is measured. */
serveCalls({ closed: runClosed, paced: runPaced, pairs: runPairs });
