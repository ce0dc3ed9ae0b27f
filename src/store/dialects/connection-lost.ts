/** The connection to a database server could not be made, broke, or stayed silent for too long. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(cause: unknown) {
    super(`The database server cannot be reached: ${cause instanceof Error ? cause.message || cause.name : cause}.`, {
      cause,
    });
  }
}
