import { withParcel } from '../domain/locker.ts';
import type { LockerReader, LockerWriter } from './ports.ts';

export interface ReleaseDependencies {
  readonly reader: LockerReader;
  readonly writer: LockerWriter;
  readonly unlock: (lockerId: string, compartmentId: string) => Promise<void>;
}

export async function releaseCompartment(release: any, { reader, writer, unlock }: ReleaseDependencies): Promise<boolean> {
  console.log('releasing', release.lockerId, release.compartmentId);

  try {
    await unlock(release.lockerId, release.compartmentId);
  } catch (error) {}

  const locker = await reader.findLocker(release.lockerId);
  if (locker === null) {
    return false;
  }
  await writer.saveLocker(withParcel(locker, release.compartmentId, null));
  return true;
}
