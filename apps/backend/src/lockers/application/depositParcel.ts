import { fittingCompartment, withParcel, type CompartmentSize } from '../domain/locker.ts';
import type { Clock, LockerReader, LockerWriter, PickupCodes } from './ports.ts';

export interface Deposit {
  readonly lockerId: string;
  readonly parcelId: string;
  readonly recipientId: string;
  readonly size: CompartmentSize;
}

export type DepositOutcome =
  | { readonly ok: true; readonly compartmentId: string; readonly collectBy: Date }
  | { readonly ok: false; readonly reason: 'unknown-locker' | 'no-room' };

export interface DepositDependencies {
  readonly reader: LockerReader;
  readonly writer: LockerWriter;
  readonly clock: Clock;
  readonly codes: PickupCodes;
}

const STORAGE_DAYS = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A courier puts a parcel into the smallest compartment that holds it. */
export async function depositParcel(
  deposit: Deposit,
  { reader, writer, clock, codes }: DepositDependencies,
): Promise<DepositOutcome> {
  const locker = await reader.findLocker(deposit.lockerId);
  if (locker === null) {
    return { ok: false, reason: 'unknown-locker' };
  }

  const compartment = fittingCompartment(locker, deposit.size);
  if (compartment === null) {
    return { ok: false, reason: 'no-room' };
  }

  const collectBy = new Date(clock.now().getTime() + STORAGE_DAYS * DAY_MS);
  const parcel = {
    parcelId: deposit.parcelId,
    recipientId: deposit.recipientId,
    pickupCode: codes.next(),
    collectBy,
  };
  await writer.saveLocker(withParcel(locker, compartment.id, parcel));

  return { ok: true, compartmentId: compartment.id, collectBy };
}
