protocol LockerCatalogue: Sendable {
    func lockers(near postalCode: PostalCode) async throws -> [Locker]
}

/// Lockers close to a person, the ones with most room first.
struct LoadLockers: Sendable {
    let catalogue: any LockerCatalogue

    func callAsFunction(near postalCode: PostalCode) async throws -> [Locker] {
        try await catalogue.lockers(near: postalCode)
            .filter(\.hasRoom)
            .sorted { $0.freeCompartments > $1.freeCompartments }
    }
}
