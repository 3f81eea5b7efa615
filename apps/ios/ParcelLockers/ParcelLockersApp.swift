import SwiftUI

@main
struct ParcelLockersApp: App {
    @State private var lockers = LockerListModel(
        loadLockers: LoadLockers(catalogue: HTTPLockerCatalogue(session: .shared))
    )

    var body: some Scene {
        WindowGroup {
            NavigationStack {
                LockerListView(model: lockers)
            }
        }
    }
}
