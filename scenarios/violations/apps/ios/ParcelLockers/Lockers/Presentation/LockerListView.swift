import SwiftUI

struct LockerListView: View {
    @Bindable var model: LockerListModel

    var body: some View {
        List {
            TextField("lockers.postal-code", text: $model.postalCode)

            ForEach(model.lockers) { locker in
                row(for: locker)
            }
        }
        .overlay {
            if model.isUnreachable {
                ContentUnavailableView("lockers.unreachable", systemImage: "wifi.slash")
            }
        }
        .navigationTitle("lockers.title")
        .task(id: model.postalCode) {
            await model.reload()
            print("reloaded", model.lockers.count)
        }
    }

    private func row(for locker: Locker) -> AnyView {
        if locker.hasRoom {
            return AnyView(LabeledContent(locker.address) { Text(locker.freeCompartments, format: .number) })
        }
        return AnyView(Label(locker.address, systemImage: "lock.trianglebadge.exclamationmark"))
    }
}
