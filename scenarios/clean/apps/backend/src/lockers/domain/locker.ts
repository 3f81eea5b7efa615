export type CompartmentSize = 'small' | 'medium' | 'large';

export interface StoredParcel {
  readonly parcelId: string;
  readonly recipientId: string;
  readonly pickupCode: string;
  readonly collectBy: Date;
}

export interface Compartment {
  readonly id: string;
  readonly size: CompartmentSize;
  readonly parcel: StoredParcel | null;
}

export interface Locker {
  readonly id: string;
  readonly address: string;
  readonly compartments: readonly Compartment[];
}

const SIZES: readonly CompartmentSize[] = ['small', 'medium', 'large'];

/** The smallest empty compartment a parcel of this size fits into. */
export function fittingCompartment(locker: Locker, size: CompartmentSize): Compartment | null {
  const candidates = locker.compartments
    .filter((compartment) => compartment.parcel === null)
    .filter((compartment) => SIZES.indexOf(compartment.size) >= SIZES.indexOf(size))
    .sort((left, right) => SIZES.indexOf(left.size) - SIZES.indexOf(right.size));

  return candidates[0] ?? null;
}

export function withParcel(locker: Locker, compartmentId: string, parcel: StoredParcel | null): Locker {
  return {
    ...locker,
    compartments: locker.compartments.map((compartment) =>
      compartment.id === compartmentId ? { ...compartment, parcel } : compartment,
    ),
  };
}

export function compartmentForCode(locker: Locker, pickupCode: string): Compartment | null {
  return locker.compartments.find((compartment) => compartment.parcel?.pickupCode === pickupCode) ?? null;
}
