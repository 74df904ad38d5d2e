/** A server that the demo reaches over SSH. */
export interface DemoServer {
  /** What it is, for the transcript. */
  readonly kind: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
  readonly knownHostsLine: string;
  stop(): Promise<void>;
}
