import type { Logger } from '../base/logger.ts';
import type { Secrets } from '../base/secrets.ts';

/** The run's log, as JSON Lines at `path`: written at once, so that a killed run keeps it; secrets redacted. */
export async function makeLog(path: string, secrets: Secrets): Promise<Logger> {
  const { pino, destination, stdTimeFunctions } = await import('pino');
  const file = destination({ dest: path, sync: true });
  // A disk that is full ends the run by way of its history; a log is not worth a second way.
  file.on('error', () => {});
  const stream = { write: (line: string) => file.write(secrets.redact(line)) };
  const log: Logger = pino({ base: null, timestamp: stdTimeFunctions.isoTime }, stream);
  return log;
}
