import Testing

@testable import ParcelLockers

@Suite("Collecting a parcel")
struct CollectParcelTests {
    private struct Collector: ParcelCollector {
        func collect(with code: PickupCode, at lockerID: Locker.ID) async throws -> CollectionOutcome {
            code.digits == "4711" && lockerID == "harbour" ? .opened(compartmentID: "A1") : .wrongCode
        }
    }

    private let collectParcel = CollectParcel(collector: Collector())

    @Test("the right code opens the compartment")
    func rightCode() async throws {
        #expect(try await collectParcel(code: "4711", at: "harbour") == .opened(compartmentID: "A1"))
    }

    @Test("anything else opens nothing", arguments: ["0000", "471", "47111", "code"])
    func wrongCode(text: String) async throws {
        #expect(try await collectParcel(code: text, at: "harbour") == .wrongCode)
    }
}
