import { readFileSync, rmSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { demo, describeRecording } from '../../src/commands/demo/demo.js';
import { keyOfRequest, loadRecording, type Recording } from '../../src/commands/demo/recording.js';
import { startReplayServer } from '../../src/commands/demo/replay-server.js';
import { NexusError } from '../../src/errors.js';
import { createFakeTerminal } from '../report/fake-terminal.js';
import { demoDocument } from './json-documents.js';
import { isolateUser, runNexus } from './run-nexus.js';

beforeEach(() => {
  isolateUser();
});

async function replay(recording: Recording): Promise<{ stdout: string; error: unknown }> {
  const { terminal, stdout } = createFakeTerminal({ tty: false, env: { NO_COLOR: '1' } });
  const context = {
    cwd: '.',
    json: false,
    terminal,
    signal: new AbortController().signal,
    abort: new AbortController().signal,
    version: '1.2.3',
  };
  let error: unknown;
  await demo(context, { recorded: true, recording }).catch((thrown: unknown) => {
    error = thrown;
  });
  await terminal.flush();
  return { stdout: stdout(), error };
}

describe('the recorded demo', () => {
  it('still fits the prompts, from the first request to the last, and says what it is', async () => {
    const recording = await loadRecording();
    const ran = await runNexus(['demo', '--json']);
    expect(ran.error).toBeUndefined();
    const lines = ran.stdout.trim().split('\n');
    const { folder, packets, summary } = demoDocument.parse(JSON.parse(lines.at(-1) ?? ''));
    expect(packets).toHaveLength(3);
    expect(summary.review + summary.needsAttention).toBe(3);
    const replies = lines.map((line): unknown => JSON.parse(line)).filter(isReply);
    expect(replies).toHaveLength(recording.exchanges.length);
    expect(JSON.stringify(packets)).not.toContain('model-trouble');
    expect(readFileSync(`${folder}/tasks.yml`, 'utf8')).toContain('fix-streak');
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells a person which model spoke, on which server and when, and prints the packets', async () => {
    const recording = await loadRecording();
    const { stdout, error } = await replay(recording);
    expect(error).toBeUndefined();
    expect(stdout).toContain(describeRecording(recording));
    expect(stdout).toContain(`Ollama ${recording.server} on ${recording.date}`);
    expect(stdout).toContain(recording.models.coder);
    for (const id of ['fix-streak', 'add-checklist', 'share-normalize-text']) expect(stdout).toContain(id);
    const folder = /The repository is (.+)/u.exec(stdout)?.[1] ?? '';
    expect(folder).toContain('nexus-demo-');
    rmSync(folder, { recursive: true, force: true });
  });

  it('fails loudly when a prompt is not the recorded one', async () => {
    const recording = await loadRecording();
    const [first, ...others] = recording.exchanges;
    const changed = {
      ...recording,
      exchanges: first === undefined ? [] : [{ ...first, key: 'x' }, ...others],
    };
    const { stdout, error } = await replay(changed);
    expect(error).toBeInstanceOf(NexusError);
    expect(error).toMatchObject({ code: 'recording-outdated', exitCode: 70 });
    expect(stdout).not.toContain('The repository is');
  });
});

function isReply(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'type' in event && event.type === 'reply';
}

describe('the replay server', () => {
  it('answers as Ollama does, and never makes up a reply', async () => {
    const recording = await loadRecording();
    const server = await startReplayServer(recording);
    try {
      const get = async (path: string): Promise<unknown> => (await fetch(`${server.url}${path}`)).json();
      expect(await get('/api/version')).toEqual({ version: recording.server });
      expect(JSON.stringify(await get('/api/tags'))).toContain(recording.models.coder);
      const unknown = await fetch(`${server.url}/api/chat`, { method: 'POST', body: 'not JSON' });
      expect(unknown.status).toBe(400);
      expect(server.missed).toBe(1);
    } finally {
      await server.close();
    }
  });

  it('knows a request by what decides its answer, whatever the order of its options', () => {
    const request = {
      model: 'm',
      messages: [{ role: 'user', content: 'x' }],
      options: { seed: 1, top_p: 1 },
    };
    const same = { ...request, stream: true, options: { top_p: 1, seed: 1 } };
    expect(keyOfRequest(same)).toBe(keyOfRequest(request));
    expect(keyOfRequest({ ...request, options: { seed: 2, top_p: 1 } })).not.toBe(keyOfRequest(request));
    expect(keyOfRequest('text')).toBeUndefined();
  });
});
