import { withParcel } from '../domain/locker.ts';
import type { Clock, LockerReader, LockerWriter } from './ports.ts';

export interface Extension {
  readonly lockerId: string;
  readonly parcelId: string;
}

export type ExtensionOutcome =
  | { readonly ok: true; readonly collectBy: Date }
  | { readonly ok: false; readonly reason: 'unknown-parcel' | 'too-late' };

export interface ExtensionDependencies {
  readonly reader: LockerReader;
  readonly writer: LockerWriter;
  readonly clock: Clock;
}

const EXTENSION_MS = 2 * 24 * 60 * 60 * 1000;

/** A recipient who asks in time keeps the parcel in the locker for two more days. */
export async function extendStorage(
  { lockerId, parcelId }: Extension,
  { reader, writer, clock }: ExtensionDependencies,
): Promise<ExtensionOutcome> {
  const locker = await reader.findLocker(lockerId);
  const compartment = locker?.compartments.find((candidate) => candidate.parcel?.parcelId === parcelId);
  if (locker === null || compartment === undefined || compartment.parcel === null) {
    return { ok: false, reason: 'unknown-parcel' };
  }

  if (clock.now() > compartment.parcel.collectBy) {
    return { ok: false, reason: 'too-late' };
  }

  const collectBy = new Date(compartment.parcel.collectBy.getTime() + EXTENSION_MS);
  await writer.saveLocker(withParcel(locker, compartment.id, { ...compartment.parcel, collectBy }));
  return { ok: true, collectBy };
}
