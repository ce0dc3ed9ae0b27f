import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Measure } from '../model/measure.ts';
import type { LimitName } from './limits/table.ts';

/** What counts requests of one kind. Thousands come a second, and prom-client's counter would take 2% of a GET for each. */
interface Counted {
  /** Since the numbers were last read. */
  n: number;
  readonly requests: { inc(n: number): void };
  readonly durations: { observe(seconds: number): void } | null;
}

/** What a board and its server do, in numbers, as Prometheus reads them. Each process counts for itself. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter('http_requests', 'Requests answered.', ['method', 'route', 'status'], () => {
    for (const counted of this.#counted.values()) {
      counted.requests.inc(counted.n);
      counted.n = 0;
    }
  });
  readonly #durations = this.#histogram(
    'http_request_seconds',
    'From the arrival of a request to the end of its answer; without streams, which end when their readers like.',
    [...SECONDS, 5, 10],
    ['method', 'route'],
  );
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
  readonly #outages = this.#counter('database_outages', 'Times that the database could not be asked.');
  readonly #waits = this.#histogram('database_wait_seconds', 'For a connection of the pool.', SECONDS);
  readonly #bellTroubles = this.#counter('bell_failures', 'How often the bell went out of order.');

  constructor() {
    this.#bell.set(1);
    this.#total('event_loop_busy_seconds', 'Time in which the process could do nothing else.', busySeconds);
    this.#total('process_cpu_seconds', 'Processor time that it has used.', cpuSeconds, '');
    this.#gauge('process_resident_memory_bytes', 'Memory that the process has.', () => process.memoryUsage.rss(), '');
    this.#gauge('process_start_time_seconds', 'When it began, since 1970.', () => performance.timeOrigin / 1000, '');
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
      case 'outage':
        this.#outages.inc();
        break;
      case 'wait':
        this.#waits.observe(measure.seconds);
        break;
      case 'bell':
        if (!measure.isInOrder) this.#bellTroubles.inc();
        this.#bell.set(Number(measure.isInOrder));
        break;
    }
  }

  /** @param route - as it is registered: `/message/:id`. */
  answered(method: string, route: string, status: number, seconds: number): void {
    const key = `${status} ${method} ${route}`;
    let counted = this.#counted.get(key);
    if (!counted) {
      const durations = route.endsWith('/stream') ? null : this.#durations.labels(method, route);
      counted = { n: 0, requests: this.#requests.labels(method, route, `${status}`), durations };
      this.#counted.set(key, counted);
    }
    counted.n += 1;
    counted.durations?.observe(seconds);
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

  /** @param collect - sees to it, before the numbers are read, that this one is right. */
  #counter<Label extends string = never>(name: string, help: string, labelNames: Label[] = [], collect?: () => void) {
    return new Counter({
      name: `msgboard_${name}_total`,
      help,
      labelNames,
      registers: [this.#registry],
      ...(collect && { collect }),
    });
  }

  /** What somebody else counts. */
  #total(name: string, help: string, read: () => number, prefix = 'msgboard_') {
    const total: Counter = new Counter({
      name: `${prefix}${name}_total`,
      help,
      registers: [this.#registry],
      collect() {
        total.reset();
        total.inc(read());
      },
    });
  }

  #histogram<Label extends string = never>(name: string, help: string, buckets: number[], labelNames: Label[] = []) {
    return new Histogram({ name: `msgboard_${name}`, help, buckets, labelNames, registers: [this.#registry] });
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

function busySeconds(): number {
  return performance.eventLoopUtilization().active / 1000;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
