import assert from 'node:assert/strict';
import { access, glob, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { DEFAULTS, limitText } from '../src/http/limits/table.ts';
import { ListQuery, PollQuery } from '../src/model/client.ts';
import { Message } from '../src/model/message.ts';
import { User, UserDraft } from '../src/model/user.ts';
import { Api } from './support/api.ts';
import { CHROMIUM, launchBrowser } from './support/browser.ts';
import { atEnd } from './support/cleanup.ts';
import { eventually } from './support/eventually.ts';
import { runToEnd } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { type Block, type Doc, freePort, newHome, ROOT, readDoc, requestsOf, run, start } from './support/snippets.ts';

const docs = await Promise.all(
  [
    'README.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'bench/README.md',
    ...(await Array.fromAsync(glob('docs/**/*.md', { cwd: ROOT }))),
  ].map(readDoc),
);
const readme = docNamed('README.md');
const api = docNamed('docs/api.md');
const architecture = docNamed('docs/architecture.md');
const guarantees = docNamed('docs/guarantees.md');
const embed = docNamed('docs/uses/embed.md');

function docNamed(path: string): Doc {
  const doc = docs.find((each) => each.path === path);
  assert.ok(doc, path);
  return doc;
}

const programs = [readme, ...['docs/library.md', 'docs/client.md', 'docs/uses/users.md'].map(docNamed)]
  .flatMap(({ blocks }) => blocks)
  .filter(({ language }) => /^[jt]s$/.test(language));
const typed = [...programs, ...embed.blocks.filter(({ language }) => language === 'ts')];
/** What goes on until it is stopped: it listens, and its last word is not to close. */
const [servers, finite] = [programs.filter(isServer), programs.filter((block) => !isServer(block))];

function isServer({ code }: Block): boolean {
  return code.includes('.listen(') && !/\.close\(\);\n$/.test(code);
}

test('what the documents import and call has these types', async (t) => {
  const home = await newHome(t);
  const config = { extends: join(ROOT, 'tsconfig.json'), include: ['*.ts'] };
  await writeFile(join(home, 'tsconfig.json'), JSON.stringify(config));
  const places = new Map(typed.map(({ place }, index) => [`snippet-${index}.ts`, place]));
  for (const [index, { code }] of typed.entries()) await writeFile(join(home, `snippet-${index}.ts`), code);

  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { code, output } = await run(t, process.execPath, [tsc, '--pretty', 'false'], { cwd: home });
  assert.equal(code, 0, `${output}\n${[...places].map((each) => each.join(': ')).join('\n')}`);
});

for (const block of finite) {
  test(`the program at ${block.place} runs to its end`, async (t) => {
    const home = await newHome(t);
    await writeFile(join(home, 'snippet.ts'), block.code.replaceAll('3000', `${await freePort()}`));
    const { code, errors } = await run(t, process.execPath, ['snippet.ts'], { cwd: home });
    assert.deepEqual([code, errors], [0, '']);
  });
}

for (const block of servers) {
  test(`the server at ${block.place} serves its page and a board, live`, { skip: without(CHROMIUM) }, async (t) => {
    const home = await newHome(t);
    const port = await freePort();
    await writeFile(join(home, 'snippet.ts'), block.code.replaceAll('3000', `${port}`));
    const page = readme.blocks.find(({ language }) => language === 'html');
    await writeFile(join(home, 'page.html'), page?.code ?? '');

    const server = start(t, process.execPath, ['snippet.ts'], { cwd: home });
    let errors = '';
    server.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const url = `http://localhost:${port}`;
    await eventually(async () => {
      if (server.exitCode !== null) return;
      await fetch(url);
    });
    assert.equal(server.exitCode, null, errors);

    const board = new Api(`${url}/board`);
    const kitten = await board.signUp('kitten');
    const first = await board.say(kitten, 'before');
    const browser = await launchBrowser();
    atEnd(t, () => browser.close());
    const tab = await browser.newPage();
    await tab.goto(url);
    const shows = (...lines: string[]) =>
      eventually(async () => assert.deepEqual(await tab.locator('li').allTextContents(), lines));

    await shows('kitten: before');
    await board.say(kitten, '<b>live</b>');
    await shows('kitten: before', 'kitten: <b>live</b>');
    await board.put(`/message/${first.id}`, { text: 'edited' }, { as: kitten });
    await shows('kitten: edited', 'kitten: <b>live</b>');
    await board.delete(`/message/${first.id}`, { as: kitten });
    await shows('kitten: <b>live</b>');
  });
}

for (const [doc, options] of [
  [readme, {}],
  [api, {}],
  [docNamed('docs/uses/chat.md'), {}],
  [docNamed('docs/uses/users.md'), { operatorToken: 'a-secret-of-16-or-more', signup: 'closed' }],
] as const) {
  test(`the lines of ${doc.path} do what it says`, { skip: without('http', 'curl', 'sh') }, async (t) => {
    const { url, database } = await startTestServer(t, options);
    // HTTPie's look for updates, on its first run, would run the line twice.
    await writeFile(join(database.dir, 'config.json'), '{"disable_update_warnings": true}');
    const env = { HTTPIE_CONFIG_DIR: database.dir, HOME: database.dir };

    for (const { line, place } of requestsOf(doc)) {
      await t.test(`${place}: ${line}`, async (inner) => {
        const command = line
          .replaceAll('localhost:5000', new URL(url).host)
          .replace(/^http /, 'http --ignore-stdin --check-status ')
          .replace(/^curl /, `curl -sS --max-time ${line.includes(' -N ') ? 2 : 60} -w '%{stderr}HTTP %{http_code}' `);
        const ended = await run(inner, 'sh', ['-c', command], { cwd: database.dir, env });

        const refusal = / # (\d{3})$/.exec(line)?.[1];
        if (refusal !== undefined) assert.match(ended.errors, new RegExp(`HTTP ${refusal}\\b`));
        else if (line.startsWith('http ')) assert.deepEqual([ended.code, ended.errors], [0, ''], ended.output);
        else assert.match(ended.errors, /HTTP 2\d\d$/, ended.output);
        // A stream has no end, so curl gives up; anything else has one.
        if (line.startsWith('curl ')) {
          assert.equal(ended.code, line.includes(' -N ') && refusal === undefined ? 28 : 0, ended.errors);
        }
      });
    }
  });
}

test('every link leads somewhere', async () => {
  const dead: string[] = [];
  for (const { path, links } of docs) {
    for (const link of links.filter((each) => !/^https?:/.test(each))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      const isThere = await access(join(ROOT, target)).then(
        () => true,
        () => false,
      );
      const isFound = anchor === undefined || docs.find((doc) => doc.path === target)?.anchors.has(anchor);
      if (!isThere || !isFound) dead.push(`${path}: ${link}`);
    }
  }
  assert.deepEqual(dead, []);
});

test('each test that a guarantee rests on is there', async () => {
  const text = (await readFile(join(ROOT, guarantees.path), 'utf8')).replace(/\s+/g, ' ');
  let source = '';
  let named = 0;
  for (const [, file, title = ''] of text.matchAll(/`(test\/[\w/-]+\.test\.ts)`|"([^"]+)"/g)) {
    if (file !== undefined) source = await readFile(join(ROOT, file), 'utf8');
    else assert.ok(source.includes(title), title);
    named += 1;
  }
  assert.ok(named > 30, `${named}`);
});

test('every kind of problem is explained', async () => {
  const source = await readFile(join(ROOT, 'src/model/errors.ts'), 'utf8');
  const codes = [...source.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code = '']) => code);
  assert.ok(codes.includes('not-found'), `cannot find the codes in ${source}`);
  assert.deepEqual(
    codes.filter((code) => !api.anchors.has(code)),
    [],
  );
});

test('every field is explained', async () => {
  const text = await readFile(join(ROOT, api.path), 'utf8');
  const { cursor: _, ...poll } = PollQuery.properties;
  const fields = [User, UserDraft, Message, ListQuery].flatMap(({ properties }) => Object.keys(properties));
  assert.deepEqual(
    [...new Set([...fields, ...Object.keys(poll)])].filter((field) => !new RegExp(`\`${field}\\b`).test(text)),
    [],
  );
});

test('every setting is in the README, with its default', async () => {
  const text = await readFile(join(ROOT, readme.path), 'utf8');
  const help = (await runToEnd(['serve', '--help'])).output.replace(/\s+/g, ' ');
  const settings = [...help.matchAll(/(--[\w-]+) <[^>]+> (.*?) ?\(([^()]*env: \w+)\)/g)];
  assert.equal(settings.length, help.match(/env: /g)?.length, help);
  for (const [, option = '', , facts = ''] of settings) {
    const row = text.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${option}\``)) ?? '';
    const variable = /env: (\w+)/.exec(facts)?.[1];
    const value = /default: "?([^",]*)/.exec(facts)?.[1];
    for (const part of [`\`${variable}\``, value === 'none' ? '| none |' : `\`${value}\``])
      assert.ok(row.includes(part), `${option}: ${part} in ${row}`);
  }
});

test('every limit is explained, with what it usually is', async () => {
  const text = await readFile(join(ROOT, api.path), 'utf8');
  const rows = [...text.matchAll(/^\| `([\w-]+)` \| `(\d+(?:\/\w+)?)` \|/gm)].map(([, name, limit]) => [name, limit]);
  assert.deepEqual(
    rows,
    Object.entries(DEFAULTS).map(([name, limit]) => [name, limitText(limit)]),
  );
});

test('every dependency has its reason', async () => {
  const names: string[] = [];
  for (const dir of ['.', 'test/runtimes', 'test/databases', 'test/mutation']) {
    const manifest = JSON.parse(await readFile(join(ROOT, dir, 'package.json'), 'utf8')) as Record<string, object>;
    names.push(...Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] }));
  }
  const text = await readFile(join(ROOT, architecture.path), 'utf8');
  assert.deepEqual(
    names.filter((name) => !new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm').test(text)),
    [],
  );
});
