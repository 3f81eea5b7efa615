struct PickupCode: Equatable, Sendable {
    let digits: String

    init?(_ text: String) {
        guard text.count == 4, text.allSatisfy(\.isNumber) else { return nil }
        digits = text
    }
}

enum CollectionOutcome: Equatable, Sendable {
    case opened(compartmentID: String)
    case wrongCode
    case tooLate
}

protocol ParcelCollector: Sendable {
    func collect(with code: PickupCode, at lockerID: Locker.ID) async throws -> CollectionOutcome
}

/// Asks the locker only for codes that can exist.
struct CollectParcel: Sendable {
    let collector: any ParcelCollector

    func callAsFunction(code text: String, at lockerID: Locker.ID) async throws -> CollectionOutcome {
        guard let code = PickupCode(text) else { return .wrongCode }
        return try await collector.collect(with: code, at: lockerID)
    }
}
