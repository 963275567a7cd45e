import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatId } from '../../platform/id.ts';
import { projectRoot } from '../../platform/paths.ts';
import { openWorld } from '../bank/world.ts';
import { createReconciliationAsks } from './asks.ts';
import { fileLine, fileOf } from './files.ts';

/** A process starts twice. */
jest.setTimeout(90_000);

test('an operator takes in a file of an organization by a command, once', async () => {
  const world = await openWorld({ isBare: true, reconciles: true });
  const asks = createReconciliationAsks(world);
  const tenant = await world.addTenant();
  const path = join(world.folder, 'statement.xml');
  await writeFile(path, fileOf('s1', 0n, [fileLine('a', 5n)]));
  const command = async (...args: readonly string[]): Promise<string> => {
    const env = {
      ...process.env,
      DATABASE_URL: world.settings.databaseUrl,
      OMSX_KEY_FILE: world.settings.keyFile,
      OMSX_FOLDER: world.folder,
    };
    const script = ['--import', 'tsx', join(projectRoot, 'scripts', 'bankImport.ts'), ...args];
    const run = promisify(execFile)(process.execPath, script, { cwd: projectRoot, env });
    return await run.then(
      ({ stdout }) => stdout,
      ({ stdout, code }: { stdout: string; code: number }) => `${code}: ${stdout}`,
    );
  };
  const of = ['--organization', formatId('org', tenant.organizationId), '--adapter', 'FILEBANK'];
  expect(await command(...of, path)).toBe('1 new statements, 1 new lines, 0 known\n');
  expect(await command(...of, path)).toBe('0 new statements, 0 new lines, 1 known\n');
  expect(await command(...of, join(world.folder, 'seal.key'))).toMatch(/^1: content is .*expected/);
  expect(await command(path)).toMatch(/^1: usage: /);
  const [statement] = await asks.statements(tenant);
  expect(statement).toMatchObject({ adapter: 'FILEBANK', closing: { amount: '0.05' }, bookingCount: 1 });
  await world.close();
});
