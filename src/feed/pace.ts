/** Messages in a page of the hub's own catching up. */
export const PAGE = 500;

/** Readers who begin as they come, in one turn of the event loop; more are a crowd. */
export const COMERS_AT_ONCE = 10;

/** Readers of a crowd who begin in one turn of the event loop: some 20 ms. After a restart thousands ask at once. */
export const MOST_COMERS = 100;

/** Readers let in by one look: it holds a snapshot, so it must end. */
export const MOST_JOINERS = 500;

/** Every stream hears something this often (ms), so that proxies keep it open and its cursor stays fresh. */
export const HEARTBEAT = 15_000;

/** After a look that failed, the next one comes this much later (ms). */
export const RETRY = 500;

/**
 * How long (ms) a page that one reader was read serves others who ask for the same, and how many such pages are kept: of
 * whoever goes through the whole board alone, too, and 32 of those took a fifth of the time in the collection of garbage.
 */
export const MOMENT = 20;
export const MOST_PAGES = 4;

/** How long (ms) a board that closes waits for what it is reading, which it would still tell. Docker kills after 10 s. */
export const LAST_LOOK = 5000;
