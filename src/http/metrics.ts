import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Measure } from '../model/measure.ts';
import type { LimitName } from './limits/table.ts';

/** Requests are counted thousands of times a second, so who counts which is looked up once. */
interface Counted {
  inc(): void;
}

/** What a board and its server do, in numbers, as Prometheus reads them. Each process counts for itself. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter('http_requests', 'Requests answered.', ['method', 'route', 'status']);
  readonly #counted = new Map<string, Counted>();
  readonly #refusals = this.#counter('limit_refusals', 'Requests refused because of a limit.', ['limit']);
  readonly #writes = this.#counter('writes', 'Writes committed.');
  readonly #group = this.#histogram(
    'commit_writes',
    'Writes that shared a commit.',
    [1, 2, 5, 10, 20, 50, 100, 200, 500],
  );
  readonly #commit = this.#histogram('commit_seconds', 'From taking up a group of writes to its sync.', SECONDS);
  readonly #lag = this.#histogram('feed_lag_seconds', 'From writing news to handing it to the open streams.', SECONDS);
  readonly #cutOffs = this.#counter('stream_cut_offs', 'Readers that took too little and were cut off.');
  readonly #logIns = this.#counter('password_checks', 'Passwords that had to be hashed.');
  readonly #bell = this.#gauge('bell_in_order', '1: news rings at the other processes; 0: they look by themselves.');
  readonly #bellTroubles = this.#counter('bell_failures', 'How often the bell went out of order.');

  constructor() {
    this.#bell.set(1);
    this.#gauge('process_resident_memory_bytes', 'Memory that the process has.', () => process.memoryUsage.rss(), '');
    this.#gauge('process_cpu_seconds', 'Processor time that it has used.', () => cpuSeconds(), '');
  }

  /** Has what is open now be asked for whenever the numbers are read. */
  watch(board: { readonly openStreams: number }): void {
    this.#gauge('streams_open', 'Open streams.', () => board.openStreams);
  }

  take(measure: Measure): void {
    switch (measure.kind) {
      case 'commit':
        this.#writes.inc(measure.writes);
        this.#group.observe(measure.writes);
        this.#commit.observe(measure.seconds);
        break;
      case 'told':
        this.#lag.observe(measure.seconds);
        break;
      case 'cut-off':
        this.#cutOffs.inc();
        break;
      case 'log-in':
        this.#logIns.inc();
        break;
      case 'bell':
        if (!measure.isInOrder) this.#bellTroubles.inc();
        this.#bell.set(Number(measure.isInOrder));
        break;
    }
  }

  /** @param route - as it is registered: `/message/:id`. */
  answered(method: string, route: string, status: number): void {
    const key = `${status} ${method} ${route}`;
    let counted = this.#counted.get(key);
    if (!counted) {
      counted = this.#requests.labels(method, route, `${status}`);
      this.#counted.set(key, counted);
    }
    counted.inc();
  }

  refused(limit: LimitName): void {
    this.#refusals.inc({ limit });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of them, in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter<Label extends string = never>(name: string, help: string, labelNames: Label[] = []) {
    return new Counter({ name: `msgboard_${name}_total`, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]) {
    return new Histogram({ name: `msgboard_${name}`, help, buckets, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read?: () => number, prefix = 'msgboard_') {
    const gauge: Gauge = new Gauge({
      name: prefix + name,
      help,
      registers: [this.#registry],
      ...(read && { collect: () => gauge.set(read()) }),
    });
    return gauge;
  }
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
