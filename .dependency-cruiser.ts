import type { IConfiguration, IRegularForbiddenRuleType } from 'dependency-cruiser';

interface Layer {
  /** The layers that it may import, besides itself. */
  readonly below: readonly string[];
  /** Packages at home in it (`@name`: all of that scope). Whatever is at home somewhere is used nowhere else. */
  readonly packages?: readonly string[];
  /** Packages at home elsewhere whose types it may name. */
  readonly types?: readonly string[];
  /** What it does without: Node's modules, even as types; packages, except as types. */
  readonly without?: readonly ('node' | 'npm')[];
}

/** The map of `src`: each layer is a folder or a file of that name. */
const layers: Readonly<Record<string, Layer>> = {
  model: { below: [], without: ['node', 'npm'] },
  store: { below: ['model'], packages: ['kysely', 'pg', 'mariadb'] },
  feed: { below: ['model'], packages: ['pg', 'redis', '@nats-io'] },
  http: { below: ['model'], packages: ['fastify', '@fastify', 'pino', 'prom-client'] },
  remote: { below: ['model'], without: ['node'] },
  web: { below: ['model', 'remote'], without: ['node', 'npm'] },
  board: { below: ['model', 'store', 'feed'], types: ['kysely'] },
  keeping: { below: ['model', 'board', 'store'] },
  serve: { below: ['model', 'board', 'http', 'remote'], packages: ['fastify', '@fastify'] },
  cli: {
    below: ['model', 'board', 'keeping', 'http', 'remote', 'serve'],
    packages: ['fastify', '@fastify', 'commander'],
  },
  client: { below: ['model', 'remote'], without: ['node', 'npm'] },
  index: { below: ['model', 'board', 'http', 'remote', 'serve'], types: ['kysely', 'fastify'] },
};

type Rule = IRegularForbiddenRuleType;

const map = Object.entries(layers);
const src = { path: '^src/' };

const layerRules = map.flatMap(([name, { below, without = [] }]) => {
  const from = { path: places([name]) };
  const rules = [forbid(`${name}-imports-below`, from, { path: '^src/', pathNot: places([name, ...below]) })];
  if (without.includes('node')) rules.push(forbid(`${name}-without-node`, from, { dependencyTypes: ['core'] }));
  if (without.includes('npm')) rules.push(forbid(`${name}-without-npm`, from, valuesOf('')));

  return rules;
});

const packageRules = [...new Set(map.flatMap(([, { packages = [] }]) => packages))].flatMap((name) => {
  const users = map.filter(([, { packages = [] }]) => packages.includes(name)).map(([layer]) => layer);
  const readers = map.filter(([, { types = [] }]) => types.includes(name)).map(([layer]) => layer);

  return [
    forbid(`${name}-at-home`, { path: '^src/', pathNot: places([...users, ...readers]) }, { path: packagePath(name) }),
    ...readers.map((layer) => forbid(`${layer}-has-types-of-${name}`, { path: places([layer]) }, valuesOf(name))),
  ];
});

const config: IConfiguration = {
  forbidden: [
    ...layerRules,
    ...packageRules,
    forbid('on-the-map', { path: '^src/', pathNot: places(Object.keys(layers)) }, {}),
    forbid('sqlite-at-home', { path: '^src/', pathNot: '^src/store/dialects/' }, { path: '^(node:)?sqlite$' }),
    forbid(
      'drivers-at-home',
      { path: '^src/store/', pathNot: '^src/store/dialects/' },
      { path: packagePath('(pg|mariadb)') },
    ),
    forbid('src-stands-alone', src, { pathNot: '^src/', dependencyTypes: ['local'] }),
    // A driver that is loaded when it is asked for is an optional peer; for the tests, it is installed as well.
    forbid('declared', src, {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
      dependencyTypesNot: ['npm-peer'],
    }),
    forbid('resolvable', src, { couldNotResolve: true }),
    forbid('no-cycles', src, { circular: true }),
    forbid('no-orphans', { ...src, orphan: true }, {}),
  ],
  options: {
    // Beside TypeScript 7 it reads TypeScript only so, by @swc/core; without that it finds nothing and is content, so
    // test/architecture.test.ts holds that everything was seen. At a `using` declaration it gives up, loudly.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'default', 'types'] },
  },
};

export default config;

function forbid(name: string, from: Rule['from'], to: Rule['to']): Rule {
  return { name, severity: 'error', from, to };
}

/** Where these layers are. */
function places(names: readonly string[]): string {
  return `^src/(${names.join('|')})(/|[.]ts$)`;
}

function packagePath(name: string): string {
  return `(^|/)node_modules/${name}${name && '/'}`;
}

/** What is left of a package (any, where it is not named) once types are stripped. */
function valuesOf(name: string): Rule['to'] {
  return { path: packagePath(name), dependencyTypesNot: ['type-only'] };
}
