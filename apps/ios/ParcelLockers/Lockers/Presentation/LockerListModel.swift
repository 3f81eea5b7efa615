import Observation

@MainActor
@Observable
final class LockerListModel {
    private(set) var lockers: [Locker] = []
    private(set) var isUnreachable = false
    var postalCode = "20457"

    private let loadLockers: LoadLockers

    init(loadLockers: LoadLockers) {
        self.loadLockers = loadLockers
    }

    func reload() async {
        guard let postalCode = PostalCode(postalCode) else {
            lockers = []
            return
        }
        do {
            lockers = try await loadLockers(near: postalCode)
            isUnreachable = false
        } catch {
            isUnreachable = true
        }
    }
}
