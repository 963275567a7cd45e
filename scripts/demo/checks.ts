import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';

/** Runs a check of the live database, by the name of its script, and says in a word how it ended. */
export async function runCheck(name: 'ledgerCheck' | 'chainCheck'): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(projectRoot, 'scripts', `${name}.ts`)], {
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
  throw new Error(`${name} failed`);
}
