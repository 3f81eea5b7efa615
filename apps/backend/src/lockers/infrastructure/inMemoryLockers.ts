import type { LockerReader, LockerWriter } from '../application/ports.ts';
import type { Locker } from '../domain/locker.ts';

/** Both ports over one map: for tests and for a developer's machine. */
export function inMemoryLockers(initial: readonly Locker[]): LockerReader & LockerWriter {
  const lockers = new Map(initial.map((locker) => [locker.id, locker]));

  return {
    findLocker: async (lockerId) => lockers.get(lockerId) ?? null,
    saveLocker: async (locker) => {
      lockers.set(locker.id, locker);
    },
  };
}
