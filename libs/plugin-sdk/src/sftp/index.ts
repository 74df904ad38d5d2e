export { readAhead, SFTP_CHUNK, SFTP_WINDOW, writeBehind } from './file-stream.ts';
export { withLocalSftp } from './local-sftp.ts';
export { isNotThere, sftpFailure, type SftpRefusal } from './sftp-failure.ts';
export type { Sftp, SftpEntry, SftpFile, SftpOpenMode, SftpReadOptions, SftpStats } from './sftp.ts';
