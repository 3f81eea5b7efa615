export interface LockerSummary {
  readonly id: string;
  readonly address: string;
  readonly freeCompartments: number;
}

export interface StorageExtension {
  readonly collectBy: string;
}

export type ApiResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string };

export interface LockerApi {
  nearbyLockers(postalCode: string): Promise<ApiResult<readonly LockerSummary[]>>;
  extendStorage(lockerId: string, parcelId: string): Promise<ApiResult<StorageExtension>>;
}

export type Fetch = (url: string, options?: RequestInit) => Promise<Response>;

const UNREACHABLE = 'The lockers cannot be reached right now.';

export function createLockerApi(send: Fetch): LockerApi {
  async function ask<Value>(path: string, options?: RequestInit): Promise<ApiResult<Value>> {
    try {
      const response = await send(`/api${path}`, options);
      if (response.ok) {
        return { ok: true, value: (await response.json()) as Value };
      }
      return { ok: false, message: `The lockers answered with ${response.status}.` };
    } catch {
      return { ok: false, message: UNREACHABLE };
    }
  }

  return {
    nearbyLockers: (postalCode) => ask(`/lockers?near=${encodeURIComponent(postalCode)}`),
    extendStorage: (lockerId, parcelId) =>
      ask(`/lockers/${encodeURIComponent(lockerId)}/parcels/${encodeURIComponent(parcelId)}/extensions`, { method: 'POST' }),
  };
}
