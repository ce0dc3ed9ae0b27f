import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import test from 'node:test';
import { PROGRAM, runToEnd } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { ROOT, readDoc, run } from './support/snippets.ts';

const PATH = 'docs/command-line.md';
const text = await readFile(join(ROOT, PATH), 'utf8');

/** Of each section its text, by its anchor. */
const sections = new Map(
  text
    .split(/^(?=#{2,3} )/m)
    .map((part) => [/^#+ (.*)/.exec(part)?.[1] ?? '', part] as const)
    .map(([title, part]) => [
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
      part,
    ]),
);

/** Where each command is explained: a section of this document, or another document. */
const places = new Map([...text.matchAll(/^\| \[`msgboard ([\w-]+)`\]\((\S+)\)/gm)].map(([, name, at]) => [name, at]));

async function helpOf(...command: string[]): Promise<string> {
  const { code, output } = await runToEnd([...command, '--help'], { env: { COLUMNS: '200' } });
  assert.equal(code, 0, output);
  return output;
}

function commandsIn(help: string): string[] {
  const [own = ''] = help.split(/^(?:Arguments:|Examples:|Usage: msgboard serve)/m, 1);
  return [...own.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

function optionsIn(help: string): string[] {
  return sorted([...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name = '']) => name).filter(isOwn));
}

/** The options in the tables of a section, and of the sections that it names as its own too. */
function documentedIn(section: string): string[] {
  const others = /^Also: .*$/m.exec(section)?.[0].matchAll(/\(#([\w-]+)\)/g) ?? [];
  const all = [section, ...[...others].map(([, anchor = '']) => sections.get(anchor) ?? assert.fail(anchor))];
  const rows = all.flatMap((each) => each.match(/^\| `-[^|]*/gm) ?? []);
  return sorted(rows.flatMap((row) => row.match(/--[\w-]+/g) ?? []));
}

const isOwn = (option: string) => option !== '--help';
const sorted = (names: readonly string[]) => [...new Set(names)].sort();

test('each command is in the document, and each of the document is there', async () => {
  assert.deepEqual([...places.keys()].sort(), commandsIn(await helpOf()).sort());
});

for (const [name = '', place = ''] of places) {
  test(`all of msgboard ${name} is explained, and what is explained is there`, async () => {
    const parts = commandsIn(await helpOf(name));
    const commands = parts.length === 0 ? [[name]] : parts.map((part) => [name, part]);
    for (const command of commands) {
      const help = await helpOf(...command);
      const title = [...sections.keys()].find((each) => `${each}-`.startsWith(`msgboard-${command.join('-')}-`));
      if (place.startsWith('#')) {
        const section = sections.get(title ?? '') ?? assert.fail(`no section on ${command.join(' ')}`);
        assert.deepEqual(documentedIn(section), optionsIn(help), command.join(' '));
        const variables = [...help.matchAll(/env: (\w+)/g)].map(([, variable = '']) => variable);
        assert.deepEqual(
          variables.filter((variable) => !text.includes(`\`${variable}\``)),
          [],
        );
      } else {
        const there = await readFile(join(ROOT, 'docs', place.replace(/#.*/, '')), 'utf8');
        const words = there + sections.get('what-is-printed');
        assert.deepEqual(
          optionsIn(help).filter((option) => !words.includes(option)),
          [],
          place,
        );
      }
    }
    const told = [...sections.keys()].filter((each) => `${each}-`.startsWith(`msgboard-${name}-`));
    if (place.startsWith('#')) assert.equal(told.length, commands.length, told.join(', '));
  });
}

test('the examples do what they say', async (t) => {
  const { url, database, api } = await startTestServer(t);
  const bin = join(database.dir, 'msgboard');
  await writeFile(bin, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  await chmod(bin, 0o755);
  const env = {
    PATH: [database.dir, process.env['PATH']].join(delimiter),
    MSGBOARD_DATABASE: database.url,
    MSGBOARD_PASSWORD: 'yarn',
    MSGBOARD_NEW_PASSWORD: 'yarn',
  };
  for (const { code, language, place } of (await readDoc(PATH)).blocks) {
    if (language !== 'sh') continue;
    // What goes on until it is stopped is stopped by whoever reads it.
    const script = code
      .replaceAll('http://localhost:5000', url)
      .replace(
        /^msgboard tail [^|\n]*$/gm,
        (line) => `exec 3< <(exec ${line}); head -1 <&3; kill -INT $!; wait $!; exec 3<&-`,
      );
    const ended = await run(t, 'bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: database.dir, env });
    assert.deepEqual([ended.code, ended.errors], [0, ''], place);
  }
  const texts = (await api.board()).map((message) => message.text);
  for (const posted of ['I love kittens!', 'Good night.', 'one', 'two', 'three'])
    assert.ok(texts.includes(posted), posted);
});
