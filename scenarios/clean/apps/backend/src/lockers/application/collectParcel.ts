import { compartmentForCode, withParcel } from '../domain/locker.ts';
import type { Clock, LockerReader, LockerWriter } from './ports.ts';

export interface Collection {
  readonly lockerId: string;
  readonly pickupCode: string;
}

export type CollectionOutcome =
  | { readonly ok: true; readonly compartmentId: string }
  | { readonly ok: false; readonly reason: 'wrong-code' | 'too-late' };

export interface CollectionDependencies {
  readonly reader: LockerReader;
  readonly writer: LockerWriter;
  readonly clock: Clock;
}

/** A recipient opens the compartment whose parcel bears this code, as long as its storage time lasts. */
export async function collectParcel(
  { lockerId, pickupCode }: Collection,
  { reader, writer, clock }: CollectionDependencies,
): Promise<CollectionOutcome> {
  const locker = await reader.findLocker(lockerId);
  const compartment = locker ? compartmentForCode(locker, pickupCode) : null;
  if (locker === null || compartment === null || compartment.parcel === null) {
    return { ok: false, reason: 'wrong-code' };
  }

  if (clock.now() > compartment.parcel.collectBy) {
    return { ok: false, reason: 'too-late' };
  }

  await writer.saveLocker(withParcel(locker, compartment.id, null));
  return { ok: true, compartmentId: compartment.id };
}
