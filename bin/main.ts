import type { SplitRole } from '../platform/config.ts';
import type { Environment } from '../platform/configReader.ts';
import { ArgumentError, STANDALONE_USAGE } from './standaloneArguments.ts';
import { describeFailure } from './terminal.ts';

type Command = {
  readonly summary: string;
  /** Gives the exit code. */
  readonly run: (environment: Environment, args: readonly string[]) => Promise<number>;
  readonly takesArguments?: boolean;
};

const usageExitCode = 2;

/** Parts are imported when they run: a role that starts again after a crash waits for no code of the others. */
function runOne(role: SplitRole): Command['run'] {
  return async (environment) => (await import('./role.ts')).runRole(role, environment);
}

const commands: Readonly<Record<string, Command>> = {
  up: {
    summary: 'everything in one process, with an embedded Postgres and Redis unless told of others',
    run: async (environment) => (await import('./up.ts')).up(environment),
  },
  router: {
    summary: 'the GraphQL router alone; with --supergraph FILE in front of any subgraphs',
    run: runRouter,
    takesArguments: true,
  },
  accounts: {
    summary: 'the accounts subgraph alone',
    run: runOne('accounts'),
  },
  wallets: { summary: 'the wallets subgraph alone', run: runOne('wallets') },
  payments: {
    summary: 'the payments subgraph alone',
    run: runOne('payments'),
  },
  worker: { summary: 'the background workers alone', run: runOne('worker') },
  chain: { summary: 'what follows chains and sends to them, alone', run: runOne('chain') },
  signer: { summary: 'what signs for wallets, alone; it has no port', run: runOne('signer') },
  bank: { summary: 'what hands orders to banks and takes in their callbacks, alone', run: runOne('bank') },
  'bank-simulator': {
    summary: 'a bank that moves no money, for the sandbox, alone',
    run: runOne('bank-simulator'),
  },
  cash: {
    summary: 'what hands codes and pickups to counters and takes in their callbacks, alone',
    run: runOne('cash'),
  },
  'cash-simulator': {
    summary: 'counters that hand over no cash, for the sandbox, alone',
    run: runOne('cash-simulator'),
  },
  migrate: {
    summary: 'apply the database migrations that are missing',
    run: async (environment) => (await import('./migrate.ts')).migrate(environment),
  },
  help: { summary: 'show this text', run: help },
};

/** Runs the command that the arguments name and gives the exit code; faults are written to the terminal. */
export async function main(args: readonly string[], environment: Environment): Promise<number> {
  const [name = 'help', ...rest] = args;
  const wanted = name === '--help' || name === '-h' ? 'help' : name;
  const command = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
  if (command === undefined) {
    process.stderr.write(`"${name}" is no command of omsx. It knows: ${Object.keys(commands).join(', ')}.\n`);
    return usageExitCode;
  }
  if (rest.length > 0 && command.takesArguments !== true) {
    process.stderr.write(`omsx ${wanted} takes no arguments (found "${rest.join(' ')}"); see "omsx help".\n`);
    return usageExitCode;
  }
  try {
    return await command.run(environment, rest);
  } catch (error) {
    if (error instanceof ArgumentError) {
      process.stderr.write(`omsx ${wanted}: ${error.message}\n\n${STANDALONE_USAGE}`);
      return usageExitCode;
    }
    process.stderr.write(`${describeFailure(error)}\n`);
    return 1;
  }
}

async function runRouter(environment: Environment, args: readonly string[]): Promise<number> {
  if (args.length === 0) return await runOne('router')(environment, args);
  return await (await import('./standaloneRouter.ts')).runStandaloneRouter(args, environment);
}

async function help(): Promise<number> {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  process.stdout.write(
    [
      'Usage: omsx <command>',
      '',
      ...lines,
      '',
      STANDALONE_USAGE,
      'DATABASE_URL and REDIS_URL point it at servers of yours; OMSX_FOLDER moves the state away from .omsx/.',
      '',
    ].join('\n'),
  );
  return 0;
}
