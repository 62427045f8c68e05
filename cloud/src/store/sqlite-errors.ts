/** What SQLite says into what can be done about it. */

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? "");

/** The disk takes no more. */
export const isFull = (error: unknown): boolean =>
  /^SQLITE_(FULL|IOERR_WRITE|IOERR_SHMSIZE|IOERR_FSYNC|IOERR_TRUNCATE)$/.test(codeOf(error));

/** The file is not what was written. */
export const isDamage = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));
