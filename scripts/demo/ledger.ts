import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';

/** Runs `npm run ledger:check` on the live database and says in a word how it ended. */
export async function checkLedger(): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(projectRoot, 'scripts', 'ledgerCheck.ts')], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code === 0) return 'OK';
  process.stdout.write(output);
  throw new Error('the ledger check failed');
}
