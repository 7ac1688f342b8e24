import { createTwoFilesPatch } from 'diff';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXIT, NexusError } from '../../src/errors.js';
import { startScriptedOpenAi } from '../support/scripted-openai.js';
import type { Replies, ScriptedChat, ScriptedReply } from '../support/scripted-ollama.js';
import { answerOf, editOf } from '../engine/calibrate/answers.js';
import { calibrateDocument, eventDocument } from './json-documents.js';
import { createProject, pretendMemory, runNexus, startServer, type Project } from './run-nexus.js';
import { answering as answeringSum, SUM_PROJECT } from './sum-project.js';

type Asked = 'plan' | 'whole-file' | 'named-declaration' | 'search-replace' | 'unified-diff';

const PLAN = {
  answer: 'plan',
  summary: 'Do it.',
  steps: [{ title: 'Do it', instruction: 'Do it now.', files: [], done_when: '' }],
  documents: [],
  question: '',
};

function whatIsAsked({ messages, format }: Pick<ScriptedChat, 'messages' | 'format'>): Asked {
  if (format !== undefined) return 'plan';
  const prompt = messages.at(-1)?.content ?? '';
  if (prompt.includes('every file that changes')) return 'whole-file';
  if (prompt.includes('Answer with edit blocks')) return 'search-replace';
  if (prompt.includes('one unified diff')) return 'unified-diff';
  return 'named-declaration';
}

/** A model that does every edit in every format but by name, where it sends prose; `spoil` may answer otherwise. */
function answering(
  spoil: (asked: Asked, edit: string) => ScriptedReply | string | undefined = () => undefined,
): Replies {
  return (request) => {
    const edit = editOf(request.messages.at(-1)?.content ?? '');
    const asked = whatIsAsked(request);
    const spoilt = spoil(asked, edit.id);
    if (spoilt !== undefined) return spoilt;
    const done = answerOf(edit);
    switch (asked) {
      case 'plan':
        return { json: { ...PLAN, steps: [{ ...PLAN.steps[0], files: [edit.path] }] } };
      case 'whole-file':
        return `${edit.path}\n\`\`\`\n${done}\`\`\`\n`;
      case 'search-replace':
        return `${edit.path}\n<<<<<<< SEARCH\n${edit.text}=======\n${done}>>>>>>> REPLACE\n`;
      case 'unified-diff':
        return `\`\`\`diff\n${createTwoFilesPatch(`a/${edit.path}`, `b/${edit.path}`, edit.text, done)}\`\`\`\n`;
      case 'named-declaration':
        return 'I would rather not.';
    }
  };
}

async function setUp(config = 'overseer: { model: "qwen2.5-coder:7b" }\n'): Promise<Project> {
  const project = createProject({ 'tasks.yml': 'tasks: []\n', '.nexus.yml': config });
  await runNexus(['trust', '--yes'], { cwd: project.path });
  return project;
}

async function calibrate(path: string, ...args: string[]) {
  const ran = await runNexus(['models', 'calibrate', '--json', ...args], { cwd: path });
  return { ...ran, document: () => calibrateDocument.parse(ran.json()) };
}

const CTRL_C = new NexusError({ code: 'interrupted', message: 'Ctrl-C', exitCode: EXIT.interrupted });

function keptFiles(): string[] {
  const folder = join(process.env['NEXUS_CACHE_HOME'] ?? '', 'calibration');
  return readdirSync(folder).map((name) => join(folder, name));
}

describe('nexus models calibrate', () => {
  it('measures a dozen edits in each format and three plans, and says what they came to', async () => {
    const { path } = await setUp();
    const server = await startServer({ replies: answering() });
    const { exitCode, document, stdout, stderr } = await calibrate(path);
    expect(exitCode).toBe(0);
    expect(server.requests).toHaveLength(51);
    expect(server.loads).toHaveLength(1);
    const [model] = document().models;
    expect(model).toMatchObject({
      roles: ['overseer', 'coder'],
      server: { kind: 'ollama', version: '0.24.0', where: 'this-machine' },
      model: { name: 'qwen2.5-coder:7b', quantisation: 'Q4_K_M' },
      auto: { small: 'whole-file', named: 'unified-diff', other: 'search-replace', isUsual: false },
      schema: { asked: 3, holds: 3, usable: 3 },
      context: { configured: 16_384, trained: 32_768, fits: 32_768 },
    });
    expect(
      model?.formats.map(({ format, asked, applied, right }) => [format, asked, applied, right]),
    ).toEqual([
      ['whole-file', 12, 12, 12],
      ['named-declaration', 12, 0, 0],
      ['search-replace', 12, 12, 12],
      ['unified-diff', 12, 12, 12],
    ]);
    expect(model?.edits).toHaveLength(48);
    expect(model?.edits.find(({ format }) => format === 'named-declaration')).toMatchObject({
      outcome: 'refused',
      code: 'no-edit',
    });
    expect(model?.reading.timedBy).toBe('server');
    expect((await calibrate(path, '--role', 'overseer')).document().models[0]).toMatchObject({
      roles: ['overseer'],
      formats: [],
      edits: [],
      schema: { asked: 3 },
    });
    expect(server.requests).toHaveLength(51);
    expect(stdout).not.toContain(server.url);
    expect(stdout).not.toContain(path);
    expect(stderr).toContain('51 questions to qwen2.5-coder:7b');
    expect(stderr).toMatch(/^ 50 left {2}change-number, whole-file: right \(\d+ tokens, /mu);
  });
});

/** Of one role, with only whole files: a dozen questions. */
const QUICK = ['--role', 'coder', '--formats', 'whole-file,whole-file'];

describe('what a calibration keeps', () => {
  it('is not asked again; --again does', async () => {
    const { path } = await setUp();
    const server = await startServer({ replies: answering() });
    await calibrate(path, ...QUICK);
    expect(server.requests).toHaveLength(12);
    const second = await calibrate(path, ...QUICK);
    expect(server.requests).toHaveLength(12);
    expect(second.document().models[0]?.formats).toMatchObject([{ format: 'whole-file', right: 12 }]);
    expect(second.stderr).toBe('');
    const third = await calibrate(path, ...QUICK, '--again');
    expect(server.requests).toHaveLength(24);
    expect(third.document().models[0]?.edits).toHaveLength(12);
  });

  it('is another for another model, and for one that thinks', async () => {
    const { path, write } = await setUp();
    const server = await startServer({ replies: answering() });
    await calibrate(path, ...QUICK);
    write('.nexus.yml', 'coder: { model: "llama3.1:8b" }\n');
    await calibrate(path, ...QUICK);
    write('.nexus.yml', 'coder: { think: on }\n');
    await calibrate(path, ...QUICK);
    expect(server.requests).toHaveLength(36);
    expect(keptFiles()).toHaveLength(3);
  });

  it('counts as not there when the file is damaged, which is said once', async () => {
    const { path } = await setUp();
    const server = await startServer({ replies: answering() });
    await calibrate(path, ...QUICK);
    const [file = ''] = keptFiles();
    const text = readFileSync(file, 'utf8');
    for (const broken of [text.slice(0, 200), text.replace('"v":1', '"v":2'), '[]']) {
      writeFileSync(file, broken);
      const { stderr, document } = await calibrate(path, ...QUICK);
      expect(stderr.match(/^note: .*counts as not there/gmu)).toHaveLength(1);
      expect(document().models[0]?.edits).toHaveLength(12);
    }
    expect(server.requests).toHaveLength(48);
  });

  it('survives Ctrl-C: the next call asks only for what is missing', async () => {
    const { path } = await setUp();
    const stop = new AbortController();
    const server = await startServer({
      replies: (request, index) => {
        if (index === 4) stop.abort(CTRL_C);
        return answering()(request, index);
      },
    });
    const { error, stdout } = await runNexus(['models', 'calibrate', ...QUICK], {
      cwd: path,
      signal: stop.signal,
    });
    expect(error).toMatchObject({
      code: 'interrupted',
      exitCode: 130,
      message: 'Interrupted. The 5 answers so far are kept.',
      remedy: 'nexus models calibrate goes on from there.',
    });
    // The request under way was finished.
    expect(stdout).toMatch(/^ {2}7 left {2}/mu);
    expect(server.requests).toHaveLength(5);
    const { document } = await calibrate(path, ...QUICK);
    expect(server.requests).toHaveLength(12);
    expect(document().models[0]?.formats).toMatchObject([{ asked: 12, right: 12 }]);
  });

  it('says plainly that nothing is kept when the first request is ended', async () => {
    const { path } = await setUp();
    const [stop, abort] = [new AbortController(), new AbortController()];
    await startServer({
      override: (request) => {
        if (request.url !== '/api/chat') return false;
        stop.abort(CTRL_C);
        abort.abort(CTRL_C);
        return true;
      },
    });
    const signals = { signal: stop.signal, abort: abort.signal };
    const { error } = await runNexus(['models', 'calibrate', ...QUICK], { cwd: path, ...signals });
    expect(error?.message).toBe('Interrupted: nothing new is kept.');
    expect(error?.remedy).toBeUndefined();
  });

  it('goes on when it cannot be written, and says so once', async () => {
    const { path } = await setUp();
    await startServer({ replies: answering() });
    writeFileSync(process.env['NEXUS_CACHE_HOME'] ?? '', 'no folder');
    const { stderr, document } = await calibrate(path, ...QUICK);
    expect(document().models[0]?.edits).toHaveLength(12);
    expect(stderr.match(/can't be kept for later runs/gu)).toHaveLength(1);
  });
});

describe('how a reply is judged', () => {
  it('tells right from wrong, refused and cut off', async () => {
    const { path } = await setUp();
    const wholeFile = (edit: string): string => {
      const { path: file, text } = editOf(`# Task: ${edit}\n`);
      return `${file}\n\`\`\`\n${text}\`\`\`\n`;
    };
    await startServer({
      replies: answering((_, edit) => {
        if (edit === 'change-number')
          return wholeFile('Let a request take 45 seconds').replace('= 30', '= 60');
        if (edit === 'off-by-one') return wholeFile('netTotal leaves out the last item');
        if (edit === 'add-entry') return 'and so on and on\n'.repeat(100);
        if (edit === 'add-case') return { text: 'logs/level.go\n```\npackage logs\n', ending: 'length' };
        return undefined;
      }),
    });
    const edits = (await calibrate(path, ...QUICK)).document().models[0]?.edits ?? [];
    const outcome = (id: string) => {
      const found = edits.find(({ edit }) => edit === id);
      return [found?.outcome, found?.code];
    };
    expect(outcome('change-number')).toEqual(['wrong', undefined]);
    expect(outcome('off-by-one')).toEqual(['refused', 'no-change']);
    expect(outcome('add-entry')).toEqual(['refused', 'runaway']);
    // What came of it counts.
    expect(edits.find(({ edit }) => edit === 'add-entry')?.answerTokens).toBeGreaterThan(100);
    expect(outcome('add-case')).toEqual(['refused', 'truncated']);
    expect(outcome('add-guard')).toEqual(['right', undefined]);
    expect(edits.filter((each) => each.outcome === 'right')).toHaveLength(8);
  });

  it('tells plans that hold the schema from those that do not', async () => {
    const { path } = await setUp();
    const answers: Record<string, ScriptedReply | string> = {
      'off-by-one': 'Sure! Here is the plan:',
      'add-entry': { json: { answer: 'plan' } },
      'guard-return': { json: { ...PLAN, steps: [] } },
    };
    await startServer({ replies: answering((_, edit) => answers[edit]) });
    const { document } = await calibrate(path, '--role', 'overseer');
    const [model] = document().models;
    expect(model?.plans.map(({ outcome, usable }) => [outcome, usable])).toEqual([
      ['not-json', false],
      ['other-shape', false],
      ['holds', false],
    ]);
    expect(model).toMatchObject({
      roles: ['overseer'],
      auto: null,
      schema: { asked: 3, holds: 1, usable: 0 },
    });
  });
});

describe('what people see', () => {
  it('is a table of formats with speeds, schemas and context', async () => {
    const { path } = await setUp('{}\n');
    await startServer({ replies: answering(), resident: 2 });
    const args = ['models', 'calibrate', '--formats', 'whole-file,search-replace'];
    const { stdout } = await runNexus(args, { cwd: path });
    expect(stdout).toMatch(/^24 questions to qwen2\.5-coder:7b$/mu);
    expect(stdout).toMatch(/^ {2}0 left {2}add-method, search-replace: right \(/mu);
    expect(stdout).toMatch(/^3 questions to llama3\.1:8b$/mu);
    expect(stdout).toMatch(
      /^coder: qwen2\.5-coder:7b \(7\.6B Q4_K_M, ollama 0\.24\.0, measured \d\d:\d\d\)$/mu,
    );
    expect(stdout).toMatch(/^FORMAT +ASKED +APPLIED +RIGHT +TOKENS +TIME$/mu);
    expect(stdout).toMatch(/^whole-file +12 +12 +12 +\d+ +\d/mu);
    expect(stdout).toMatch(
      /^format: auto stays as it is .*Not yet asked for all edits: named-declaration, unified-diff\.$/mu,
    );
    expect(stdout).toMatch(/^Reads \d+ tokens\/s, writes \d+(\.\d)? tokens\/s\.$/mu);
    expect(stdout).toMatch(/^JSON schema: 3 of 3 plans hold it, 3 could be carried out\.$/mu);
    expect(stdout).toMatch(/^Context: 16384 tokens configured; made for 32768; memory is enough for all /mu);
  });

  it('shows on a terminal what is being asked', async () => {
    const { path } = await setUp();
    await startServer({ replies: answering() });
    const { stdout } = await runNexus(['models', 'calibrate', ...QUICK], { cwd: path, tty: true });
    expect(stdout).toContain('coder: change-number, whole-file · ');
    expect(stdout).toContain(' left · ');
  });

  it('names wrong roles and formats, and a model that is not there', async () => {
    const { path } = await setUp();
    await startServer({ models: ['llama3.1:8b'] });
    expect((await calibrate(path, '--role', 'tester')).error).toMatchObject({ code: 'usage' });
    expect((await calibrate(path, '--formats', 'whole-file,prose')).error?.message).toContain('"prose"');
    expect((await calibrate(path)).error).toMatchObject({ code: 'model-missing', exitCode: EXIT.model });
  });

  it('ends with the fault of a server that goes away, and says what is kept', async () => {
    const { path } = await setUp();
    const good = answering();
    await startServer({
      replies: (request, index) => (index < 2 ? good(request, index) : { fault: 'server-error' }),
    });
    const { error, stderr } = await calibrate(path, ...QUICK);
    expect(error?.exitCode).toBe(EXIT.model);
    expect(stderr).toContain('The 2 answers so far are kept. nexus models calibrate goes on from there.');
  });

  it('wants own prompts approved', async () => {
    const { path, write } = await setUp();
    write('.nexus/templates/coder-system.md', 'You are a pirate.\n');
    await startServer({ replies: answering() });
    expect((await calibrate(path, ...QUICK)).error).toMatchObject({ code: 'not-approved' });
  });
});

describe('other servers', () => {
  async function serve(kind: 'openai' | 'llama-server', model: string): Promise<string> {
    const good = answering();
    const server = await startScriptedOpenAi({
      kind,
      models: [model],
      replies: ({ messages }, index) => {
        const reply = good({ model, messages, options: {} }, index);
        return typeof reply === 'string' ? { text: reply, promptTokens: null } : undefined;
      },
    });
    onTestFinished(async () => server.close());
    return `coder: { backend: ${kind}, url: '${server.url}', model: '${model}' }\n`;
  }

  it('are timed by our clock where they give no figures', async () => {
    const { path } = await setUp(await serve('openai', 'one'));
    const [model] = (await calibrate(path, ...QUICK)).document().models;
    expect(model).toMatchObject({
      server: { kind: 'openai', where: 'this-machine' },
      formats: [{ right: 12, tokensAreEstimate: true }],
      reading: { timedBy: 'clock' },
    });
    expect(model?.edits.every(({ timedBy, promptTokens }) => timedBy === 'clock' && !promptTokens)).toBe(
      true,
    );
    expect(model?.model.digest).toBeUndefined();
    const { stdout } = await runNexus(['models', 'calibrate', ...QUICK], { cwd: path });
    expect(stdout).toMatch(
      /^Reads \d+ tokens\/s, writes .* \(by our clock: the server tells no times, or no tokens\)\.$/mu,
    );
    expect(stdout).toMatch(/^whole-file +12 +12 +12 +about \d+ /mu);
  });

  it('keep to themselves where a model lies', async () => {
    const { path } = await setUp(await serve('llama-server', '/home/ada/models/one.gguf'));
    const { stdout, stderr, document } = await calibrate(path, ...QUICK);
    expect(document().models[0]?.model.name).toBe('one.gguf');
    expect(`${stdout}${stderr}`).not.toContain('ada');
  });
});

describe('what a run makes of it', () => {
  /** The project with the wrong sum, one model for both roles, and a server that knows calibration and project. */
  async function setUpRun(
    files: Record<string, string> = {},
    spoil: Parameters<typeof answering>[0] = () => undefined,
  ) {
    const project = createProject({
      ...SUM_PROJECT,
      '.nexus.yml': `${SUM_PROJECT['.nexus.yml']}overseer: { model: "qwen2.5-coder:7b" }\n`,
      ...files,
    });
    await runNexus(['trust', '--yes'], { cwd: project.path });
    const server = await startServer({
      replies: (request, index) =>
        request.messages.some(({ content }) => content.includes('sum.mjs'))
          ? answeringSum()(request, index)
          : answering(spoil)(request, index),
    });
    const code = (): string[] =>
      server.requests
        .filter((request) => request.format === undefined)
        .map(({ messages }) => messages.at(-1)?.content ?? '')
        .filter((prompt) => prompt.includes('sum.mjs'));
    const run = async () => {
      const { stdout } = await runNexus(['run', '--no-cache', '--json'], { cwd: project.path });
      return stdout
        .trim()
        .split('\n')
        .map((line) => eventDocument.parse(JSON.parse(line)));
    };
    return { ...project, server, code, run };
  }

  const both = ['--formats', 'whole-file,search-replace'];

  it('is the format that was clearly more often right', async () => {
    const notWhole = (asked: Asked): string | undefined => (asked === 'whole-file' ? 'I refuse.' : undefined);
    const { path, code, run } = await setUpRun({}, notWhole);
    const { document } = await calibrate(path, ...both);
    expect(document().models[0]?.auto).toMatchObject({ small: 'search-replace', isUsual: false });
    await run();
    expect(code()[0]).toContain('Answer with edit blocks');
  });

  it('is the usual format while the lead is small', async () => {
    const twoLess = (asked: Asked, edit: string): string | undefined =>
      asked === 'whole-file' && ['add-case', 'add-guard'].includes(edit) ? 'I refuse.' : undefined;
    const { path, code, run } = await setUpRun({}, twoLess);
    await calibrate(path, ...both);
    await run();
    expect(code()[0]).toContain('every file that changes');
  });

  it('are the times that the first requests are expected to take', async () => {
    const { path, run } = await setUpRun();
    await calibrate(path, ...both);
    const requests = (await run()).filter((event) => event.type === 'request');
    expect(requests.length).toBeGreaterThan(1);
    for (const { expectedMs } of requests) expect(expectedMs).toBeGreaterThanOrEqual(0);
  });

  it('knows no times before it', async () => {
    const { run } = await setUpRun();
    const first = (await run()).find((event) => event.type === 'request');
    expect(first).toBeDefined();
    expect(first?.expectedMs).toBeUndefined();
  });

  it('is a budget that is not above what fits', async () => {
    // Some 5,000 tokens: with the configured context there is room, with what the memory holds there is none.
    const large = `${SUM_PROJECT['sum.mjs']}${'// one more line of words, to make it long\n'.repeat(450)}`;
    const { path, code, run } = await setUpRun({ 'sum.mjs': large });
    const restore = pretendMemory(6.9);
    onTestFinished(restore);
    const { document } = await calibrate(path, '--role', 'coder', '--formats', 'whole-file');
    const fits = document().models[0]?.context.fits ?? 0;
    expect(fits).toBeGreaterThan(4096);
    expect(fits).toBeLessThan(9000);
    const { stdout } = await runNexus(['models', 'calibrate', ...QUICK], { cwd: path });
    expect(stdout).toContain(`Write \`context: ${fits}\` or less.`);
    const events = await run();
    expect(JSON.stringify(events)).toContain('sum.mjs does not fit');
    expect(code()).toEqual([]);
  });

  it('is a row of the doctor', async () => {
    const { path } = await setUpRun();
    const rows = async (): Promise<string[]> => {
      const { stdout } = await runNexus(['doctor'], { cwd: path });
      return stdout.split('\n').filter((line) => line.includes('calibrat'));
    };
    expect(await rows()).toEqual(['ok    qwen2.5-coder:7b is not calibrated (nexus models calibrate).']);
    await calibrate(path, ...both);
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row).toMatch(
      /^ok {4}qwen2\.5-coder:7b was calibrated on \d{4}-\d\d-\d\d: format auto: whole-file, named-declaration, search-replace; reads \d+ tokens\/s, writes \d+ tokens\/s\.$/u,
    );
    writeFileSync(keptFiles()[0] ?? '', '{');
    expect((await rows())[0]).toMatch(/^warn .* counts as not there: /u);
  });
});
