/** What happens on a board that whoever runs it may want to count. Times are in seconds. */
export type Measure =
  /** So many writes were committed together, from the moment that they were taken up. */
  | { readonly kind: 'commit'; readonly writes: number; readonly seconds: number }
  /** News was handed to the open streams so long after it was written. */
  | { readonly kind: 'told'; readonly seconds: number }
  /** A reader took too little of what it was sent, and was cut off. */
  | { readonly kind: 'cut-off' }
  /** Other processes can, or cannot, be told of news. */
  | { readonly kind: 'bell'; readonly isInOrder: boolean }
  /** The database could not be asked. */
  | { readonly kind: 'outage' }
  /** So long was waited for a connection to it. */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** A password was looked at that was not remembered to be right. */
  | { readonly kind: 'log-in' };
