import Testing

@testable import ParcelLockers

@Suite("Lockers near a person")
struct LoadLockersTests {
    private struct Catalogue: LockerCatalogue {
        let answer: [Locker]

        func lockers(near postalCode: PostalCode) async throws -> [Locker] {
            answer
        }
    }

    @Test("the locker with most room comes first, full ones are left out")
    func roomiestFirst() async throws {
        let station = Locker(id: "station", address: "Track 1", freeCompartments: 1)
        let harbour = Locker(id: "harbour", address: "Quay 4", freeCompartments: 6)
        let market = Locker(id: "market", address: "Market Square", freeCompartments: 0)
        let loadLockers = LoadLockers(catalogue: Catalogue(answer: [station, market, harbour]))

        let lockers = try await loadLockers(near: #require(PostalCode("20457")))

        #expect(lockers == [harbour, station])
    }

    @Test("a postal code has five digits", arguments: ["2045", "204570", "2O457", ""])
    func refusesOtherText(text: String) {
        #expect(PostalCode(text) == nil)
    }
}
