import Foundation

enum ExtensionOutcome: Equatable, Sendable {
    case extended(until: Date)
    case tooLate
}

protocol StorageExtender: Sendable {
    func extendStorage(of parcelID: String, at lockerID: Locker.ID) async throws -> ExtensionOutcome
}

/// Two more days for a recipient who asks in time; the service decides what in time means.
struct ExtendStorage: Sendable {
    let extender: any StorageExtender

    func callAsFunction(of parcelID: String, at lockerID: Locker.ID) async throws -> ExtensionOutcome {
        try await extender.extendStorage(of: parcelID, at: lockerID)
    }
}
