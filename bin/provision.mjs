// Runs before anything is installed: no dependencies, no TypeScript, and syntax that an old Node can still parse.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const nodeMin = { major: 20, minor: 19 };
const lockFile = join(root, '.omsx', 'install.lock');
const lockWaitMs = 600_000;

const installArguments = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
const lockPollMs = 250;

/** Ends the process with a sentence when this Node is too old to run the rest. */
export function requireNodeVersion() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > nodeMin.major || (major === nodeMin.major && minor >= nodeMin.minor)) return;
  process.stderr.write(
    `OMSX needs Node ${nodeMin.major}.${nodeMin.minor} or newer, and this is ${process.versions.node}.\n`,
  );
  process.exit(1);
}

/**
 * Installs the packages unless node_modules holds those of package-lock.json already. Versions are compared rather
 * than file times, which a checkout or a copy changes. Ends the process when npm fails.
 */
export async function installPackages() {
  if (isInstalled()) return;
  const release = await takeLock();
  try {
    // Another process may have installed them while we waited.
    if (isInstalled()) return;
    process.stdout.write('Installing packages with npm; this happens once and takes about a minute ...\n');
    const startedMs = performance.now();
    const code = await runNpm(installArguments);
    if (code !== 0) {
      process.stderr.write(
        `"npm ${installArguments.join(' ')}" failed (exit code ${code}); what it said is above.\n`,
      );
      process.exitCode = 1;
      release();
      process.exit();
    }
    process.stdout.write(`Packages installed in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.\n`);
  } finally {
    release();
  }
}

/** node_modules/.package-lock.json is npm's own record of what it installed. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const found = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    // Optional packages of other machines are left out by npm.
    if (path === '' || entry.link === true) return true;
    if (found[path] === undefined)
      return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found[path].version === entry.version;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Two first starts at once must not delete each other's node_modules. A dead process's lock is taken over. */
async function takeLock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return () => rmSync(lockFile, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(Number.parseInt(readFileOr(lockFile, ''), 10))) rmSync(lockFile, { force: true });
    else if (performance.now() > deadline) {
      process.stderr.write(`Another process has been installing packages for too long; see ${lockFile}.\n`);
      process.exit(1);
    } else await sleep(lockPollMs);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readFileOr(file, fallback) {
  return existsSync(file) ? readFileSync(file, 'utf8') : fallback;
}

/** Under "npm start" npm names itself; otherwise the one on the PATH is used. */
function runNpm(args) {
  const npm = process.env.npm_execpath;
  const isScript = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  return run(isScript ? process.execPath : 'npm', isScript ? [npm, ...args] : args);
}

/** Runs a program in the project's folder with our terminal; gives its exit code. */
export function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(signal === null ? code : 1));
  });
}
