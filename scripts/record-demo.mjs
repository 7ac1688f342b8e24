// Records the demo on a live Ollama: runs its three tasks through a loopback proxy that keeps every request and reply.
// usage: npm run record-demo -- [--overseer MODEL] [--coder MODEL] [--context TOKENS] [--out FILE]
// The server is OLLAMA_HOST or the default. Needs `npm run build`. Nothing of a reply is changed.
import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig } from '../build/config/load.js';
import { runDemoTasks } from '../build/commands/demo/demo.js';
import { makeDemoRepository } from '../build/commands/demo/demo-repository.js';
import { keyOfRequest } from '../build/commands/demo/recording.js';
import { resolveOllamaAddress } from '../build/models/ollama/address.js';

const RECORDING = fileURLToPath(new URL('../templates/demo/recording.json', import.meta.url));

const { values } = parseArgs({
  options: {
    overseer: { type: 'string' },
    coder: { type: 'string' },
    context: { type: 'string' },
    out: { type: 'string', default: RECORDING },
  },
});

const upstream = resolveOllamaAddress(undefined, process.env, { allowRemote: false });
const defaults = await loadConfig('/nonexistent');
const role = (name) => ({
  model: values[name] ?? defaults[name].model,
  context: Number(values.context ?? defaults[name].context),
});
const [overseer, coder] = [role('overseer'), role('coder')];
const exchanges = [];

const proxy = createServer((request, response) => void forward(request, response));

async function forward(request, response) {
  const body = await readAll(request);
  const target = new URL(request.url, upstream);
  const away = new AbortController();
  response.on('close', () => away.abort());
  const chat = request.url === '/api/chat' ? JSON.parse(body) : undefined;
  // Without messages a model is only to be loaded.
  const kept = chat?.messages.length > 0 ? begin(chat) : undefined;
  try {
    const answer = await fetch(target, {
      method: request.method,
      headers: { 'content-type': 'application/json' },
      ...(body === '' ? {} : { body }),
      signal: away.signal,
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    for await (const part of answer.body) {
      kept?.take(part);
      response.write(part);
    }
    response.end();
  } catch (error) {
    if (!away.signal.aborted) console.error(error);
    response.destroy();
  }
}

/** Keeps one chat: its reply grows as it streams, so that one which Nexus cuts off is kept as far as it came. */
function begin(request) {
  const first =
    request.messages
      .at(-1)
      .content.match(/^# (?:Step|The checks|What|How).*/gm)
      ?.at(0) ?? '';
  const exchange = { key: keyOfRequest(request), about: first, model: request.model, reply: '', final: null };
  exchanges.push(exchange);
  const decoder = new TextDecoder();
  let rest = '';
  return {
    take(part) {
      rest += decoder.decode(part, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((text) => text.trim() !== '')) {
        const { message, done, model: _model, created_at: _at, ...final } = JSON.parse(line);
        exchange.reply += message?.content ?? '';
        if (done) exchange.final = final;
      }
    },
  };
}

async function readAll(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${proxy.address().port}`;
const folder = await makeDemoRepository({
  overseer: { backend: 'ollama', url, ...overseer },
  coder: { backend: 'ollama', url, ...coder },
});
const tell = (event) => {
  if (event.type !== 'progress') console.log(JSON.stringify(event).slice(0, 400));
};
try {
  const summary = await runDemoTasks(folder, tell, new AbortController().signal);
  const server = (await (await fetch(new URL('/api/version', upstream))).json()).version;
  const recording = {
    date: new Date().toISOString().slice(0, 10),
    server,
    models: { overseer: overseer.model, coder: coder.model },
    contexts: { overseer: overseer.context, coder: coder.context },
    exchanges,
  };
  await writeFile(values.out, `${JSON.stringify(recording, undefined, 1)}\n`);
  console.log(`${exchanges.length} exchanges recorded in ${values.out}`, summary);
} finally {
  proxy.closeAllConnections();
  proxy.close();
}
