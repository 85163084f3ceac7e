// Runs a command against a Dateline of its own: `node with-server.mjs COMMAND ARGUMENT…`.
// The server listens on a free port and serves the sample site from a new SQLite file; both are gone afterwards.
// The command finds an editor of it in DATELINE_EDITOR_EMAIL and DATELINE_EDITOR_PASSWORD.
// With DATELINE_URL set, the command runs against that server, which must serve the sample site and know the documents of
// trusted.json too.

import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const [command, ...arguments_] = process.argv.slice(2);
if (!command) throw new Error('which command? node with-server.mjs COMMAND ARGUMENT…');

if (process.env.DATELINE_URL) {
  process.exitCode = await run({});
} else {
  const folder = await mkdtemp(join(tmpdir(), 'dateline-clients-'));
  const server = await started(folder);
  try {
    const address = await addressOf(server);
    process.exitCode = await run({ DATELINE_URL: address, ...await editor(folder) });
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

async function started(folder) {
  const trusted = fileURLToPath(new URL('trusted.json', import.meta.url));
  const serve = ['serve', '--listen', '127.0.0.1:0', '--log', 'warn', '--trusted-documents', trusted];
  return spawn(await newestBinary(), serve, {
    cwd: folder,
    env: environmentOf(folder),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Makes an account that may publish. */
async function editor(folder) {
  const email = 'edda@example.org';
  const password = randomBytes(12).toString('hex');
  const create = ['user', 'create', '--email', email, '--name', 'Edda Stone', '--role', 'EDITOR'];
  await promisify(execFile)(await newestBinary(), create, {
    cwd: folder,
    env: { ...environmentOf(folder), DATELINE_PASSWORD: password },
  });
  return { DATELINE_EDITOR_EMAIL: email, DATELINE_EDITOR_PASSWORD: password };
}

/** What the caller has set for another server is not for this one. */
function environmentOf(folder) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('DATELINE_'));
  return { ...Object.fromEntries(kept), DATELINE_DATABASE_URL: `sqlite:${join(folder, 'sample.db')}` };
}

/** DATELINE_BINARY, or the one that was built last. */
async function newestBinary() {
  if (process.env.DATELINE_BINARY) return process.env.DATELINE_BINARY;
  const built = await Promise.all(['release', 'debug'].map(async (profile) => {
    const path = fileURLToPath(new URL(`../../target/${profile}/dateline`, import.meta.url));
    const age = await stat(path).then(({ mtimeMs }) => mtimeMs, () => -1);
    return { path, age };
  }));
  const newest = built.sort((a, b) => b.age - a.age)[0];
  if (newest.age < 0) throw new Error('there is no dateline binary yet: cargo build');
  return newest.path;
}

/** The address that the server prints when it listens. */
async function addressOf(server) {
  let said = '';
  for await (const text of server.stdout.iterator({ destroyOnReturn: false })) {
    said += text;
    const found = /http:\/\/[0-9.]+:\d+/.exec(said);
    if (found) {
      server.stdout.resume();
      return found[0];
    }
  }
  throw new Error(`dateline stopped before it listened: ${said}`);
}

async function run(environment) {
  const child = spawn(command, arguments_, { stdio: 'inherit', env: { ...process.env, ...environment } });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
