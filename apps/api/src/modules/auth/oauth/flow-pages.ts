/** Why a code that was typed in is not taken. */
export type DeviceProblem = 'no_code' | 'not_found' | 'expired' | 'already_used' | 'denied' | 'failed';

/** What the person compares with the device in front of them. */
export interface DeviceRequest {
  readonly clientName: string;
  readonly userCode: string;
  readonly address: string;
  /** `User-Agent` of whatever asked for the code; whatever it likes to say. */
  readonly agent: string;
}

/**
 * Port: pages of flows that the authorization server answers by itself. Each is a whole HTML document; its headers are set by the caller. A `form` is
 * HTML of the library, to be shown as it is: it has no button, and the id that a button names (`op.deviceInputForm` or
 * `op.deviceConfirmForm`).
 */
export abstract class FlowPages {
  abstract deviceInput(form: string, problem?: DeviceProblem): string;
  abstract deviceConfirm(form: string, device: DeviceRequest): string;
  abstract deviceDone(clientName: string): string;
  /** @param description of the error, as RFC 6749 has it: public, from the library, to be escaped */
  abstract error(code: string, description: string): string;
}
