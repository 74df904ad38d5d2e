import { FlowPages, type DeviceProblem, type DeviceRequest } from '../flow-pages.ts';

/** Pages with a title and what a test looks for. */
export class PlainFlowPages extends FlowPages {
  deviceInput(form: string, problem?: DeviceProblem): string {
    return page(`input ${problem ?? 'asked'}`, form);
  }

  deviceConfirm(form: string, { clientName, userCode, address }: DeviceRequest): string {
    return page(`confirm ${userCode} ${clientName} ${address}`, form);
  }

  deviceDone(clientName: string): string {
    return page(`done ${clientName}`);
  }

  error(code: string): string {
    return page(`error ${code}`);
  }
}

function page(title: string, body = ''): string {
  return `<!doctype html><title>${title}</title>${body}`;
}
