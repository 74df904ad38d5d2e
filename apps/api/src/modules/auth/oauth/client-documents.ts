/** Port: what a client says of itself at the address that is its id (OAuth Client ID Metadata Document). */
export abstract class ClientDocuments {
  /**
   * In place of the global `fetch`, for addresses that strangers choose: https only, public addresses only, no redirects, bounded in size and time.
   * @throws TypeError for whatever is refused, as `fetch` does.
   */
  abstract fetch(url: URL, signal: AbortSignal): Promise<Response>;
}
