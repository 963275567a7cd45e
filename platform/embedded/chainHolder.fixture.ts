import { startChain } from './chain.ts';

/**
 * A process for tests to kill: starts the chain of the folder in its first argument, prints one line of JSON, and stays
 * until it is killed, or until its standard input ends, so that it cannot outlive a test run.
 */
const [, , folder = ''] = process.argv;
try {
  const chain = await startChain({ folder });
  if ('absent' in chain) throw new Error(chain.absent);
  process.stdout.write(`${JSON.stringify({ pid: chain.pid, url: chain.url, origin: chain.origin })}\n`);
  process.stdin.resume().once('end', () => process.exit(0));
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ failure: error instanceof Error ? error.message : String(error) })}\n`,
  );
}
