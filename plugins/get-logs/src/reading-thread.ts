/** A thread that reads logs: each over a port of its own, on which it gets the bytes and gives the buffers back, and last of all what the log says. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { LogReader } from './templates/log-reader.ts';

parentPort?.on('message', (port: MessagePort) => {
  const reader = new LogReader();
  port.on('message', (bytes: Uint8Array<ArrayBuffer> | null) => {
    if (bytes === null) return port.postMessage(reader.end());
    reader.write(bytes);
    port.postMessage(bytes.buffer, [bytes.buffer]);
  });
});
