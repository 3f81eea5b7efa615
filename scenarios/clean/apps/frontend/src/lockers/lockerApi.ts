export interface LockerSummary {
  readonly id: string;
  readonly address: string;
  readonly freeCompartments: number;
}

export interface OpenedCompartment {
  readonly compartmentId: string;
}

export type ApiResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string };

export interface LockerApi {
  nearbyLockers(postalCode: string): Promise<ApiResult<readonly LockerSummary[]>>;
  collectParcel(lockerId: string, pickupCode: string): Promise<ApiResult<OpenedCompartment>>;
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
    collectParcel: (lockerId, pickupCode) =>
      ask(`/lockers/${encodeURIComponent(lockerId)}/collections`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ pickupCode }),
      }),
  };
}
