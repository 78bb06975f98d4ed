// An upload through a proxy that breaks connections, to a server that is killed: see run.sh.
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import * as tus from 'tus-js-client';

const [program, work, engine, ...numbers] = process.argv.slice(2);
const [megabytes, kills, restarts] = numbers.map(Number);
const data = join(work, 'data'), config = join(work, 'settings.json'), file = join(work, 'file.bin');
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

// A database of its own on the server that PARLEY_TEST_POSTGRES names, as Npgsql writes it.
const postgres = engine === 'postgres' && Object.fromEntries(process.env.PARLEY_TEST_POSTGRES.split(';').map((pair) => pair.split('=')));
const database = `parley_tus_${process.pid}`;
const sql = (text) => execFileSync('psql', ['-qc', text], {
  env: { ...process.env, PGHOST: postgres.Host, PGPORT: postgres.Port, PGUSER: postgres.Username, PGPASSWORD: postgres.Password, PGDATABASE: postgres.Database },
});
if (postgres) sql(`create database ${database}`);
const storage = postgres && { Engine: 'Postgres', PostgresConnectionString: `${process.env.PARLEY_TEST_POSTGRES};Database=${database}` };

mkdirSync(data);
writeFileSync(config, JSON.stringify({
  Parley: {
    Content: { MaxBytes: 300 * 1024 * 1024, MinFreeBytes: 0, MinFreePercent: 0, UploadsPerUserBurst: 1000 },
    ...(storage && { Storage: storage }),
    Limits: { RequestsPerSecond: 10000, RequestsBurst: 10000 },
  },
}));
const bytes = randomBytes(megabytes * 1024 * 1024);
writeFileSync(file, bytes);

const freePort = () => new Promise((found) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => found(port)); });
});
const port = await freePort(), proxyPort = await freePort();

let server;
const start = () => new Promise((listening) => {
  server = spawn('dotnet', [program, 'serve', '--urls', `http://127.0.0.1:${port}`, '--data', data, '--config', config], { cwd: data });
  server.stdout.on('data', (text) => { if (String(text).includes('Listening')) listening(); });
  server.stderr.on('data', (text) => process.stderr.write(text));
});
await start();
const token = execFileSync('dotnet', [program, 'token', 'alice', '--data', data, '--config', config]).toString().trim().split('\n').pop().trim();

const open = new Set();
net.createServer((client) => {
  const upstream = net.connect(port, '127.0.0.1');
  const end = () => { client.destroy(); upstream.destroy(); open.delete(client); };
  open.add(client);
  // Slowly, so that there is a moment for every accident.
  client.on('data', (piece) => {
    upstream.write(piece);
    client.pause();
    setTimeout(() => client.resume(), piece.length / 20_000);
  });
  client.on('end', () => upstream.end());
  upstream.pipe(client);
  for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
}).listen(proxyPort, '127.0.0.1');

// Progress falls back when a connection breaks: the steps leave ten times as much room as the kills need.
const killStep = megabytes * 1e5 / kills, restartStep = megabytes * 8e5 / (restarts + 1);
let sent = 0, killed = 0, restarted = 0, nextKill = 2 * killStep, nextRestart = restartStep, content;
const trouble = setInterval(async () => {
  if (killed < kills && sent > nextKill && open.size > 0) {
    nextKill = sent + killStep;
    killed++;
    for (const socket of open) socket.destroy();
  }
  if (restarted < restarts && sent > nextRestart) {
    nextRestart = sent + restartStep;
    restarted++;
    const gone = new Promise((exited) => server.on('exit', exited));
    server.kill('SIGKILL');
    await gone;
    await start();
  }
}, 20);

await new Promise((done, failed) => new tus.Upload(createReadStream(file), {
  endpoint: `http://127.0.0.1:${proxyPort}/v1/content/tus`,
  chunkSize: 16 * 1024 * 1024,
  uploadSize: bytes.length,
  retryDelays: Array(60).fill(700),
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: 'file.bin', filetype: 'application/octet-stream' },
  onProgress: (now) => { sent = now; },
  onAfterResponse: (_, response) => { content = response.getHeader('Parley-Content') ?? content; },
  onSuccess: done,
  onError: failed,
}).start());
clearInterval(trouble);

const folder = join(data, 'content');
const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((name) => statSync(name).isFile());
const answer = await fetch(`http://127.0.0.1:${port}/v1/content.url`, {
  method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ content }),
});
const fetched = Buffer.from(await (await fetch(`http://127.0.0.1:${port}${(await answer.json()).url}`)).arrayBuffer());
const exited = new Promise((gone) => server.on('exit', gone));
server.kill('SIGKILL');
await exited;
if (postgres) sql(`drop database ${database}`);

const isRight = killed === kills && restarted === restarts && files.length === 1 && hash(readFileSync(files[0])) === hash(bytes) && hash(fetched) === hash(bytes);
console.log(`${isRight ? 'equal' : 'WRONG'} on ${engine}: ${megabytes} MB, ${killed} connections and ${restarted} servers killed, ${files.length} file`);
process.exit(isRight ? 0 : 1);
