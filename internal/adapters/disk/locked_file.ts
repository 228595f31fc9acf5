import { closeForGood, replaceFile } from "./durable_files.ts";
import { lockFile } from "./file_lock.ts";

/** An open file that no other process may take for one of a dead process, whatever becomes of the directory's own lock file. */
export interface LockedFile {
  readonly fd: number;
  readonly unlock: () => void;
}

/** Like `replaceFile`. The new file is locked before it gets its name, so that the name never stands for a file without a lock. */
export function replaceLocked(path: string, content: string | Buffer): LockedFile {
  let unlock = () => {};
  try {
    const fd = replaceFile(path, content, (unfinished) => {
      unlock = lockFile(unfinished);
    });
    return { fd, unlock };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Never throws. */
export function closeLocked({ fd, unlock }: LockedFile): void {
  closeForGood(fd);
  unlock();
}
