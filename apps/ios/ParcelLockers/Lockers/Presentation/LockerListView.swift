import SwiftUI

struct LockerListView: View {
    @Bindable var model: LockerListModel

    var body: some View {
        List {
            TextField("lockers.postal-code", text: $model.postalCode)

            ForEach(model.lockers) { locker in
                LabeledContent(locker.address) {
                    Text(locker.freeCompartments, format: .number)
                }
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
        }
    }
}
